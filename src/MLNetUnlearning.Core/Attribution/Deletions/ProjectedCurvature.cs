using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>The projected Gauss-Newton matrix of every model over all training rows: what the projected candidates start from, and what single rows are scored by whatever the candidates are.</summary>
internal sealed class ProjectedCurvature : IDisposable
{
    private readonly Tensor[] matrices;

    private ProjectedCurvature(GaussNewtonEnsemble ensemble, Tensor[] matrices) => (Ensemble, this.matrices) = (ensemble, matrices);

    /// <summary>The models.</summary>
    public GaussNewtonEnsemble Ensemble { get; }

    /// <summary>The matrix of one model, [features, features].</summary>
    /// <param name="model">The model.</param>
    public Tensor this[int model] => matrices[model];

    /// <summary>Goes through the rows once with every model.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static ProjectedCurvature Fit(GaussNewtonEnsemble ensemble, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int done = 0;
        return new(ensemble, Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model =>
        {
            using var noGrad = no_grad();
            var matrix = ensemble.Curvature(model, rows.Features, cancellationToken).DetachFromDisposeScope();
            progress?.Report(new("attributing", Interlocked.Increment(ref done), ensemble.Count));
            return matrix;
        }));
    }

    /// <summary>Types and shapes of its tensors.</summary>
    public static IReadOnlyList<TensorShape> Shapes(GaussNewtonEnsemble ensemble) => [.. Enumerable.Repeat(TensorShape.Single(ensemble.FeatureSize, ensemble.FeatureSize), ensemble.Count)];

    /// <summary>The matrices that were stored; takes them over.</summary>
    public static ProjectedCurvature Restore(GaussNewtonEnsemble ensemble, Tensor[] state) => new(ensemble, state);

    /// <summary>Its tensors; they belong to this object.</summary>
    public IReadOnlyList<Tensor> State() => matrices;

    /// <summary>What single training rows do.</summary>
    /// <param name="ridge">What is added to the diagonals.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="maxBytes">Memory for their gradients.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public GaussNewtonRowInfluence Prepare(double ridge, LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        GaussNewtonRowInfluence.Prepare(Ensemble, matrices, ridge, rows, maxBytes, progress, cancellationToken);

    public void Dispose()
    {
        foreach (var matrix in matrices)
        {
            matrix.Dispose();
        }
    }
}
