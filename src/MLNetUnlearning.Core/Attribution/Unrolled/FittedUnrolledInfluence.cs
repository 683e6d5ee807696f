using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Unrolled influence, ready for requests.</summary>
internal sealed class FittedUnrolledInfluence : IStoredAttributor, IRowInfluence
{
    private readonly UnrolledInfluenceOptions options;
    private readonly ModelBank bank;
    private readonly UnrolledEnsemble ensemble;
    private readonly DeletionScale scale;

    private FittedUnrolledInfluence(UnrolledInfluenceOptions options, ModelBank bank, int rowCount, UnrolledEnsemble ensemble, DeletionScale scale) =>
        (this.options, this.bank, RowCount, this.ensemble, this.scale) = (options, bank, rowCount, ensemble, scale);

    public int RowCount { get; }

    IAttributorOptions IStoredAttributor.Options => options;

    /// <summary>Goes through the trainings, and fits the size of predictions.</summary>
    public static FittedUnrolledInfluence Fit(UnrolledInfluenceOptions options, ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var ensemble = UnrolledEnsemble.Fit(options, bank, rows, progress, cancellationToken);
        try
        {
            return new(options, bank, rows.Count, ensemble, DeletionScale.Fit(ensemble, options, bank, rows, progress, cancellationToken));
        }
        catch
        {
            ensemble.Dispose();
            throw;
        }
    }

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(UnrolledInfluenceOptions options, ModelBank bank, long[] rowIds) =>
        new([.. UnrolledEnsemble.Shapes(options, bank), TensorShape.Double(2)], state =>
        {
            double[] scale = [.. state[^1].ToHost<double>()];
            state[^1].Dispose();
            return new FittedUnrolledInfluence(options, bank, rowIds.Length, UnrolledEnsemble.Restore(options, bank, rowIds.Length, state[..^1]), new DeletionScale(scale[0], scale[1]));
        });

    public IReadOnlyList<Tensor> State() => [.. ensemble.State(), tensor(new[] { scale.Leaving, scale.Staying }).clone()];

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, progress, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireOwnRows(rows);
        int[] forget = rows.IndexesOf(forgetRowIds);
        int done = 0;
        var steps = ensemble.Solve(rows, forget, () => progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), ensemble.Count)), cancellationToken);
        return new SolvedUnrolledInfluence(ensemble, rows, forget, steps, scale);
    }

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var prepared = Prepare(rows, 0, progress, cancellationToken);
        return prepared.RowInfluence(targets, labels, progress, cancellationToken);
    }

    /// <remarks>The chain scores single rows worse than their projected influence at the end of training, at eight solves a target and member, so that is what scores are; its matrices are made when they are asked for.</remarks>
    public IPreparedInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireOwnRows(rows);
        return ProjectedRowInfluence.Prepare(GaussNewtonEnsemble.Create(bank, options.RowScores), rows, maxBytes, progress, cancellationToken);
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        RequireOwnRows(rows);
        using var left = rows.Without(rows.IndexesOf(forgetRowIds));
        // The factors stay: two numbers over all deletions, which would cost a dozen requests to fit again.
        return new FittedUnrolledInfluence(options, bank, left.Count, UnrolledEnsemble.Fit(options, bank, left, null, CancellationToken.None), scale);
    }

    public void Dispose() => ensemble.Dispose();

    private void RequireOwnRows(LabeledRows rows)
    {
        if (rows.Count != RowCount)
        {
            throw new ArgumentException($"The attribution covers {RowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }
    }
}
