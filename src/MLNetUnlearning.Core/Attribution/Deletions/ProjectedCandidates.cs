using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>
/// Projected Gauss-Newton predictions, one candidate for every checkpoint and damping, each a mean over members. Keeps steps and
/// not predictions: a step is short, and predictions are wanted for targets that are not known yet.
/// </summary>
internal sealed class ProjectedCandidates : ICandidates
{
    private const int BlockRows = 64;

    private readonly ProjectedCurvature curvature;
    private readonly IReadOnlyList<double> ridges;
    private readonly Tensor[] steps;
    private readonly int deletions;
    private readonly long maxBytes;

    private ProjectedCandidates(ProjectedCurvature curvature, IReadOnlyList<double> ridges, Tensor[] steps, int deletions, long maxBytes)
    {
        this.curvature = curvature;
        this.ridges = ridges;
        this.steps = steps;
        this.deletions = deletions;
        this.maxBytes = maxBytes;
    }

    /// <inheritdoc/>
    public int Models => Ensemble.Count;

    /// <inheritdoc/>
    public int Count => Ensemble.Checkpoints * ridges.Count;

    private GaussNewtonEnsemble Ensemble => curvature.Ensemble;

    /// <summary>Solves for all deletions with all models.</summary>
    /// <param name="curvature">The models and their matrices; not owned.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="deletions">The deletions.</param>
    /// <param name="ridges">What is added to the diagonals.</param>
    /// <param name="maxBytes">Memory of all workers for the deletions' own matrices.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static ProjectedCandidates Fit(
        ProjectedCurvature curvature, LabeledRows rows, DeletionRecord deletions, IReadOnlyList<double> ridges, long maxBytes, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var ensemble = curvature.Ensemble;
        int done = 0;
        var solved = Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model =>
        {
            using var noGrad = no_grad();
            var steps = DeletionSteps.Solve(ensemble, model, curvature[model], rows, deletions.Rows, ridges, maxBytes / ensemble.Options.MaxWorkers, cancellationToken).Keep();
            progress?.Report(new("calibrating attribution", Interlocked.Increment(ref done), ensemble.Count));
            return steps;
        });
        return new(curvature, ridges, SolvedSteps.Weigh(ensemble, solved), deletions.Count, maxBytes);
    }

    /// <summary>Types and shapes of its tensors: each model's steps.</summary>
    public static IReadOnlyList<TensorShape> Shapes(GaussNewtonEnsemble ensemble, int deletions, int ridges) =>
        [.. Enumerable.Repeat(TensorShape.Single(ridges, deletions, ensemble.FeatureSize), ensemble.Count)];

    /// <summary>The predictions whose tensors were stored; takes them over.</summary>
    public static ProjectedCandidates Restore(ProjectedCurvature curvature, IReadOnlyList<double> ridges, Tensor[] state, int deletions, long maxBytes) =>
        new(curvature, ridges, state, deletions, maxBytes);

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> State() => steps;

    /// <inheritdoc/>
    public Tensor[] Solve(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int done = 0;
        return SolvedSteps.Weigh(Ensemble, Workers.Collect(Ensemble.Count, Ensemble.Options.MaxWorkers, model =>
        {
            using var noGrad = no_grad();
            var steps = DeletionSteps.Solve(Ensemble, model, curvature[model], rows, [forget], ridges, maxBytes, cancellationToken).Keep();
            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), Ensemble.Count));
            return steps;
        }));
    }

    /// <inheritdoc/>
    public Tensor[] Predict(Tensor[]? request, Tensor targets, bool withDeletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        int sets = (withDeletions ? deletions : 0) + (request is null ? 0 : 1);
        int classes = Ensemble.Graph.OutputSize, blocks = (int)((targets.shape[0] + BlockRows - 1) / BlockRows);
        Tensor[] result = [.. Enumerable.Range(0, Count).Select(_ => zeros(sets, targets.shape[0], classes))];
        int done = 0;
        // A worker takes a block of targets through all models, so that sums run in one order whatever the number of workers.
        Workers.Run(blocks, Ensemble.Options.MaxWorkers, block =>
        {
            using var noGrad = no_grad();
            long start = (long)block * BlockRows, end = Math.Min(start + BlockRows, targets.shape[0]);
            var part = targets.slice(0, start, end, 1);
            for (int model = 0; model < Ensemble.Count; model++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                Tensor all = (withDeletions, request) switch
                {
                    (true, null) => steps[model],
                    (true, _) => cat([steps[model], request[model]], 1),
                    _ => request![model],
                };
                var change = Along(model, all, part);
                for (int ridge = 0; ridge < ridges.Count; ridge++)
                {
                    result[(model % Ensemble.Checkpoints * ridges.Count) + ridge].slice(1, start, end, 1).add_(change[ridge], Held(1));
                }
            }

            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), blocks));
        });
        return result;
    }

    public void Dispose()
    {
        foreach (var tensor in steps)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Changes along the steps of one model, [ridges, sets, targets, classes].</summary>
    private Tensor Along(int model, Tensor directions, Tensor targets)
    {
        using var scope = NewDisposeScope();
        using var map = Ensemble.Features(model);
        var weights = Ensemble.Weights(model);
        long ridgeCount = directions.shape[0], sets = directions.shape[1], classes = Ensemble.Graph.OutputSize;
        if (ridgeCount * sets <= classes)
        {
            // Few directions: forward mode, one pass for all classes.
            var columns = directions.flatten(0, 1);
            var changes = Enumerable.Range(0, (int)columns.shape[0]).Select(i => TangentPass.Run(Ensemble.Graph, weights, map.Lift(columns[i]), targets).Tangent);
            return stack([.. changes]).view(ridgeCount, sets, targets.shape[0], classes).MoveToOuterDisposeScope();
        }

        Tensor jacobian;
        using (enable_grad())
        {
            jacobian = map.OfLogits(weights, targets).Gradients;
        }

        return directions.flatten(0, 1).mm(jacobian.flatten(0, 1).t()).view(ridgeCount, sets, targets.shape[0], classes).MoveToOuterDisposeScope();
    }
}
