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
        var sample = rows.Features.index_select(0, DeletionRecord.Positions(CurvatureSample.Pool(rows, [], ensemble.Options.CurvatureRows, ensemble.Options.Seed)));
        int done = 0;
        return Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var preconditioner = new Preconditioner(ensemble.Graph, ensemble.Weights(model), sample, rows.Count, ensemble.Options.Loss, ensemble.Seed(model));
            progress?.Report(new("attributing", Interlocked.Increment(ref done), ensemble.Count));
            return preconditioner;
        });
    }

    /// <summary>The rows of a request, the same for all models; tensors belong to the current dispose scope.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="forget">Positions of the rows that leave.</param>
    public static GroupRows Rows(GaussNewtonEnsemble ensemble, LabeledRows rows, int[] forget) =>
        GroupRows.Of(rows, forget, ensemble.Options.CurvatureRows, ensemble.Options.Seed, ensemble.Options.Loss);
}
