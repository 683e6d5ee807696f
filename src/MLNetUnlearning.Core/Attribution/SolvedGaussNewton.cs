using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion as a step of each model among its projected gradients.</summary>
/// <param name="ensemble">The models.</param>
/// <param name="models">What is held of each; not owned.</param>
/// <param name="pool">Rows whose gradients are at hand.</param>
/// <param name="forget">Position of each row to forget, by its id.</param>
/// <param name="steps">Step of each model; taken over.</param>
internal sealed class SolvedGaussNewton(
    GaussNewtonEnsemble ensemble, IReadOnlyList<GaussNewtonModel> models, GaussNewtonPool pool, IReadOnlyDictionary<long, int> forget, ProjectedStep[] steps) : ISolvedDeletion
{
    private readonly double[] weights = ensemble.Weigh([.. steps.Select(step => step.Size)]);

    private GaussNewtonInfluenceOptions Options => ensemble.Options;

    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var sorted = new GaussNewtonTargets(targets, targetRowIds, forget, pool);
        var changes = Workers.Collect(steps.Length, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            return PredictOne(model, sorted, cancellationToken).DetachFromDisposeScope();
        });
        var mean = zeros_like(changes[0]);
        for (int model = 0; model < changes.Length; model++)
        {
            mean.add_(changes[model], alpha: Held(Options.Multiplier * weights[model] / changes.Length));
            changes[model].Dispose();
        }

        return new LogitChange(mean);
    }

    public void Dispose()
    {
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }

    private Tensor PredictOne(int model, GaussNewtonTargets sorted, CancellationToken cancellationToken)
    {
        var step = steps[model];
        var result = empty(sorted.Count, ensemble.Graph.OutputSize);
        result.index_copy_(0, sorted.Leaving.Targets, step.Leaving.index_select(0, sorted.Leaving.Rows));
        if (sorted.Pooled.Targets.shape[0] > 0)
        {
            using var map = ensemble.Features(model);
            result.index_copy_(0, sorted.Pooled.Targets, models[model].Pool!.Along(map, step.Step, sorted.Pooled.Places));
        }

        if (sorted.Others.shape[0] > 0)
        {
            result.index_copy_(0, sorted.Others, ensemble.Along(model, step.Lift(ensemble, model), sorted.OtherFeatures, cancellationToken));
        }

        return result;
    }
}
