using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>All candidates of a calibration: the projected ones, then those in full dimension if there are any.</summary>
internal sealed class CandidatePredictions : ICandidates
{
    private readonly ProjectedCandidates projected;
    private readonly FullDimensionCandidates? full;

    private CandidatePredictions(ProjectedCandidates projected, FullDimensionCandidates? full)
    {
        this.projected = projected;
        this.full = full;
    }

    /// <inheritdoc/>
    public int Count => projected.Count + (full?.Count ?? 0);

    /// <summary>Solves for all deletions with all models.</summary>
    /// <param name="options">Members, dampings, solvers.</param>
    /// <param name="bank">The models.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="deletions">The deletions.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static CandidatePredictions Fit(CalibrationOptions options, ModelBank bank, LabeledRows rows, DeletionRecord deletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var projected = ProjectedCandidates.Fit(
            GaussNewtonEnsemble.Create(bank, options.GaussNewton), rows, deletions, options.Ridges(options.Dampings, rows.Count), options.MaxMegabytes * 1_048_576L, progress, cancellationToken);
        try
        {
            return new(projected, options.HasFullDimension
                ? FullDimensionCandidates.Fit(GaussNewtonEnsemble.Create(bank, options.FullDimension), rows, deletions, options.Ridges(options.FullDimensionDampings, rows.Count), progress, cancellationToken)
                : null);
        }
        catch
        {
            projected.Dispose();
            throw;
        }
    }

    /// <summary>Types and shapes of the tensors of <see cref="State"/>.</summary>
    public static IReadOnlyList<TensorShape> Shapes(CalibrationOptions options, ModelBank bank)
    {
        int deletions = bank.Members.Count - bank.FullMembers;
        var shapes = ProjectedCandidates.Shapes(GaussNewtonEnsemble.Create(bank, options.GaussNewton), deletions, options.Dampings.Count);
        return options.HasFullDimension
            ? [.. shapes, .. FullDimensionCandidates.Shapes(GaussNewtonEnsemble.Create(bank, options.FullDimension), deletions, options.FullDimensionDampings.Count)]
            : shapes;
    }

    /// <summary>The predictions whose tensors were stored; takes them over.</summary>
    public static CandidatePredictions Restore(CalibrationOptions options, ModelBank bank, int rowCount, Tensor[] state)
    {
        int deletions = bank.Members.Count - bank.FullMembers;
        var ensemble = GaussNewtonEnsemble.Create(bank, options.GaussNewton);
        int first = ProjectedCandidates.Shapes(ensemble, deletions, options.Dampings.Count).Count;
        return new(
            ProjectedCandidates.Restore(ensemble, options.Ridges(options.Dampings, rowCount), state[..first], deletions, options.MaxMegabytes * 1_048_576L),
            options.HasFullDimension
                ? FullDimensionCandidates.Restore(GaussNewtonEnsemble.Create(bank, options.FullDimension), options.Ridges(options.FullDimensionDampings, rowCount), state[first..], deletions)
                : null);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> State() => [.. projected.State(), .. full?.State() ?? []];

    /// <summary>What single training rows do, by the projected candidates at the smallest ridge.</summary>
    public GaussNewtonRowInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        projected.Prepare(rows, maxBytes, progress, cancellationToken);

    /// <inheritdoc/>
    public Tensor[] Solve(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var steps = projected.Solve(rows, forget, progress, cancellationToken);
        try
        {
            return [.. steps, .. full?.Solve(rows, forget, progress, cancellationToken) ?? []];
        }
        catch
        {
            foreach (var step in steps)
            {
                step.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor[] Predict(Tensor[]? request, Tensor targets, bool withDeletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int models = projected.Models;
        return
        [
            .. projected.Predict(request?[..models], targets, withDeletions, progress, cancellationToken),
            .. full?.Predict(request?[models..], targets, withDeletions, progress, cancellationToken) ?? [],
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        projected.Dispose();
        full?.Dispose();
    }
}
