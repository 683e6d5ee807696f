using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>All candidates of a calibration: the projected ones, then those in full dimension and the unrolled one if they are asked for.</summary>
internal sealed class CandidatePredictions : ICandidates
{
    private readonly ProjectedCandidates projected;
    private readonly ICandidates[] all;

    private CandidatePredictions(ProjectedCandidates projected, IEnumerable<ICandidates> others)
    {
        this.projected = projected;
        all = [projected, .. others];
    }

    /// <inheritdoc/>
    public int Count => all.Sum(candidates => candidates.Count);

    /// <inheritdoc/>
    public int Models => all.Sum(candidates => candidates.Models);

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
        var others = new List<ICandidates>();
        try
        {
            if (options.HasFullDimension)
            {
                others.Add(FullDimensionCandidates.Fit(GaussNewtonEnsemble.Create(bank, options.FullDimension), rows, deletions, options.Ridges(options.FullDimensionDampings, rows.Count), progress, cancellationToken));
            }

            if (options.Unrolled is { } unrolled)
            {
                others.Add(UnrolledCandidates.Fit(unrolled, bank, rows, deletions, progress, cancellationToken));
            }

            return new(projected, others);
        }
        catch
        {
            projected.Dispose();
            foreach (var other in others)
            {
                other.Dispose();
            }

            throw;
        }
    }

    /// <summary>Number of candidates that settings ask for.</summary>
    public static int CountOf(CalibrationOptions options, ModelBank bank)
    {
        int full = options.HasFullDimension ? GaussNewtonEnsemble.Create(bank, options.FullDimension).Checkpoints * options.FullDimensionDampings.Count : 0;
        return (GaussNewtonEnsemble.Create(bank, options.GaussNewton).Checkpoints * options.Dampings.Count) + full + (options.Unrolled is null ? 0 : 1);
    }

    /// <summary>Types and shapes of the tensors of <see cref="State"/>.</summary>
    public static IReadOnlyList<TensorShape> Shapes(CalibrationOptions options, ModelBank bank) => [.. Parts(options, bank).SelectMany(part => part)];

    /// <summary>The predictions whose tensors were stored; takes them over.</summary>
    public static CandidatePredictions Restore(CalibrationOptions options, ModelBank bank, int rowCount, Tensor[] state)
    {
        int deletions = bank.Members.Count - bank.FullMembers, start = 0;
        Tensor[][] pieces = [.. Parts(options, bank).Select(part => state[start..(start += part.Count)])];
        var others = new List<ICandidates>();
        if (options.HasFullDimension)
        {
            others.Add(FullDimensionCandidates.Restore(GaussNewtonEnsemble.Create(bank, options.FullDimension), options.Ridges(options.FullDimensionDampings, rowCount), pieces[1], deletions));
        }

        if (options.Unrolled is { } unrolled)
        {
            others.Add(UnrolledCandidates.Restore(unrolled, bank, rowCount, pieces[^1], deletions));
        }

        return new(
            ProjectedCandidates.Restore(GaussNewtonEnsemble.Create(bank, options.GaussNewton), options.Ridges(options.Dampings, rowCount), pieces[0], deletions, options.MaxMegabytes * 1_048_576L), others);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> State() => [.. all.SelectMany(candidates => candidates.State())];

    /// <summary>What single training rows do, by the projected candidates at the smallest ridge.</summary>
    public GaussNewtonRowInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        projected.Prepare(rows, maxBytes, progress, cancellationToken);

    /// <inheritdoc/>
    public Tensor[] Solve(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var steps = new List<Tensor>();
        try
        {
            foreach (var candidates in all)
            {
                steps.AddRange(candidates.Solve(rows, forget, progress, cancellationToken));
            }

            return [.. steps];
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
        var predictions = new List<Tensor>();
        int start = 0;
        foreach (var candidates in all)
        {
            predictions.AddRange(candidates.Predict(request?[start..(start += candidates.Models)], targets, withDeletions, progress, cancellationToken));
        }

        return [.. predictions];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var candidates in all)
        {
            candidates.Dispose();
        }
    }

    /// <summary>Shapes of the tensors of each kind of candidate, in the order of the candidates.</summary>
    private static IReadOnlyList<TensorShape>[] Parts(CalibrationOptions options, ModelBank bank)
    {
        int deletions = bank.Members.Count - bank.FullMembers;
        var parts = new List<IReadOnlyList<TensorShape>> { ProjectedCandidates.Shapes(GaussNewtonEnsemble.Create(bank, options.GaussNewton), deletions, options.Dampings.Count) };
        if (options.HasFullDimension)
        {
            parts.Add(FullDimensionCandidates.Shapes(GaussNewtonEnsemble.Create(bank, options.FullDimension), deletions, options.FullDimensionDampings.Count));
        }

        if (options.Unrolled is { } unrolled)
        {
            parts.Add(UnrolledCandidates.Shapes(unrolled, bank, deletions));
        }

        return [.. parts];
    }
}
