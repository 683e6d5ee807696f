using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>What solving in all parameters needs of the models of an ensemble: preconditioners, made once, and the system of each set of rows.</summary>
internal static class FullDimensionSteps
{
    /// <summary>Makes each model's preconditioner; the caller owns them.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked before each.</param>
    public static Preconditioner[] Prepare(GaussNewtonEnsemble ensemble, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var sample = rows.Features.index_select(0, DeletionRecord.Positions(Sample(ensemble, rows, [])));
        int done = 0;
        return Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            ulong seed = StableRandom.Mix(ensemble.Options.Seed, StableRandom.Projection, (ulong)model);
            var preconditioner = new Preconditioner(ensemble.Graph, ensemble.Weights(model), sample, rows.Count, ensemble.Options.Loss, seed);
            progress?.Report(new("attributing", Interlocked.Increment(ref done), ensemble.Count));
            return preconditioner;
        });
    }

    /// <summary>The system of one model and set of rows.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="model">Which of them.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="forget">Positions of the rows that leave.</param>
    /// <param name="rowCount">Number of rows that the ensemble was fitted on.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static GroupSystem Open(GaussNewtonEnsemble ensemble, int model, LabeledRows rows, int[] forget, int rowCount, CancellationToken cancellationToken)
    {
        var index = DeletionRecord.Positions(forget);
        return new GroupSystem(
            ensemble.Graph,
            ensemble.Weights(model),
            rows.Features.index_select(0, DeletionRecord.Positions(Sample(ensemble, rows, forget))),
            rowCount - forget.Length,
            rows.Features.index_select(0, index),
            rows.Labels.index_select(0, index),
            ensemble.Options.Loss,
            ensemble.Options.BatchSize,
            cancellationToken);
    }

    /// <summary>The rows that curvature is taken from: the same for all models.</summary>
    private static int[] Sample(GaussNewtonEnsemble ensemble, LabeledRows rows, int[] without)
    {
        var left = without.ToHashSet();
        var options = ensemble.Options;
        return [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.RetainSample)).Where(row => !left.Contains(row)).Take(options.CurvatureRows).Order()];
    }
}
