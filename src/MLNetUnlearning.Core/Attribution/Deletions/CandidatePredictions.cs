using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>All candidates of a calibration: the projected ones or the unrolled one, then those in full dimension if they are asked for.</summary>
internal sealed class CandidatePredictions : ICandidates
{
    private readonly CalibrationOptions options;
    private readonly ProjectedCurvature curvature;
    private readonly ICandidates[] all;

    private CandidatePredictions(CalibrationOptions options, ProjectedCurvature curvature, IEnumerable<ICandidates> all)
    {
        this.options = options;
        this.curvature = curvature;
        this.all = [.. all];
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
    /// <param name="known">What is known already of the same deletions, from when rows were there that have left since.</param>
    public static CandidatePredictions Fit(
        CalibrationOptions options, ModelBank bank, LabeledRows rows, DeletionRecord deletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken, CandidatePredictions? known = null)
    {
        var curvature = ProjectedCurvature.Fit(GaussNewtonEnsemble.Create(bank, options.GaussNewton), rows, progress, cancellationToken);
        var all = new List<ICandidates>();
        try
        {
            all.Add(options.Unrolled is { } unrolled
                ? known?.all.OfType<UnrolledCandidates>().Single().For(bank, rows, progress, cancellationToken) ?? UnrolledCandidates.Fit(unrolled, bank, rows, deletions, progress, cancellationToken)
                : ProjectedCandidates.Fit(curvature, rows, deletions, options.Ridges(options.Dampings, rows.Count), options.MaxBytes, progress, cancellationToken));
            if (options.HasFullDimension)
            {
                all.Add(FullDimensionCandidates.Fit(GaussNewtonEnsemble.Create(bank, options.FullDimension), rows, deletions, options.Ridges(options.FullDimensionDampings, rows.Count), progress, cancellationToken));
            }

            return new(options, curvature, all);
        }
        catch
        {
            curvature.Dispose();
            foreach (var candidates in all)
            {
                candidates.Dispose();
            }

            throw;
        }
    }

    /// <summary>Number of candidates that settings ask for.</summary>
    public static int CountOf(CalibrationOptions options, ModelBank bank)
    {
        int first = options.Unrolled is null ? GaussNewtonEnsemble.Create(bank, options.GaussNewton).Checkpoints * options.Dampings.Count : 1;
        return first + (options.HasFullDimension ? GaussNewtonEnsemble.Create(bank, options.FullDimension).Checkpoints * options.FullDimensionDampings.Count : 0);
    }

    /// <summary>Types and shapes of the tensors of <see cref="State"/>.</summary>
    public static IReadOnlyList<TensorShape> Shapes(CalibrationOptions options, ModelBank bank) => [.. Parts(options, bank).SelectMany(part => part)];

    /// <summary>The predictions whose tensors were stored; takes them over.</summary>
    public static CandidatePredictions Restore(CalibrationOptions options, ModelBank bank, int rowCount, Tensor[] state)
    {
        int deletions = bank.Members.Count - bank.FullMembers, start = 0;
        Tensor[][] pieces = [.. Parts(options, bank).Select(part => state[start..(start += part.Count)])];
        var curvature = ProjectedCurvature.Restore(GaussNewtonEnsemble.Create(bank, options.GaussNewton), pieces[0]);
        ICandidates first = options.Unrolled is { } unrolled
            ? UnrolledCandidates.Restore(unrolled, bank, rowCount, pieces[1], deletions)
            : ProjectedCandidates.Restore(curvature, options.Ridges(options.Dampings, rowCount), pieces[1], deletions, options.MaxBytes);
        return new(options, curvature, options.HasFullDimension
            ? [first, FullDimensionCandidates.Restore(GaussNewtonEnsemble.Create(bank, options.FullDimension), options.Ridges(options.FullDimensionDampings, rowCount), pieces[2], deletions)]
            : [first]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> State() => [.. curvature.State(), .. all.SelectMany(candidates => candidates.State())];

    /// <summary>What single training rows do, by the projected matrices at the smallest damping.</summary>
    public GaussNewtonRowInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        curvature.Prepare(options.Ridges(options.Dampings, rows.Count).Min(), rows, maxBytes, progress, cancellationToken);

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
        curvature.Dispose();
        foreach (var candidates in all)
        {
            candidates.Dispose();
        }
    }

    /// <summary>Shapes of the tensors of the matrices and of each kind of candidate, in order.</summary>
    private static IReadOnlyList<TensorShape>[] Parts(CalibrationOptions options, ModelBank bank)
    {
        int deletions = bank.Members.Count - bank.FullMembers;
        var ensemble = GaussNewtonEnsemble.Create(bank, options.GaussNewton);
        IReadOnlyList<TensorShape>[] parts =
        [
            ProjectedCurvature.Shapes(ensemble),
            options.Unrolled is { } unrolled ? UnrolledCandidates.Shapes(unrolled, bank, deletions) : ProjectedCandidates.Shapes(ensemble, deletions, options.Dampings.Count),
        ];
        return options.HasFullDimension
            ? [.. parts, FullDimensionCandidates.Shapes(GaussNewtonEnsemble.Create(bank, options.FullDimension), deletions, options.FullDimensionDampings.Count)]
            : parts;
    }
}
