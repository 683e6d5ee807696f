using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Projected influence of single rows, with matrices of its own.</summary>
internal sealed class ProjectedRowInfluence : IPreparedInfluence
{
    private readonly ProjectedCurvature curvature;
    private readonly GaussNewtonRowInfluence influence;

    private ProjectedRowInfluence(ProjectedCurvature curvature, GaussNewtonRowInfluence influence) => (this.curvature, this.influence) = (curvature, influence);

    /// <summary>Goes through the rows once with every model.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="rows">The training rows; not owned.</param>
    /// <param name="maxBytes">Memory for their gradients.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static ProjectedRowInfluence Prepare(GaussNewtonEnsemble ensemble, LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var curvature = ProjectedCurvature.Fit(ensemble, rows, progress, cancellationToken);
        try
        {
            return new(curvature, curvature.Prepare(ensemble.Options.Ridge(rows.Count), rows, maxBytes, progress, cancellationToken));
        }
        catch
        {
            curvature.Dispose();
            throw;
        }
    }

    public Tensor RowInfluence(Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        influence.RowInfluence(targets, labels, progress, cancellationToken);

    public void Dispose()
    {
        influence.Dispose();
        curvature.Dispose();
    }
}
