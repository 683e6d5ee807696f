using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion as one step in all parameters for each model.</summary>
/// <param name="ensemble">The models.</param>
/// <param name="steps">Step of each, [parameters]; taken over.</param>
/// <param name="weights">How much each counts in the mean, before it is divided by their number.</param>
internal sealed class SolvedFullGaussNewton(GaussNewtonEnsemble ensemble, Tensor[] steps, double[] weights) : ISolvedDeletion
{
    private GaussNewtonInfluenceOptions Options => ensemble.Options;

    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var changes = Workers.Collect(steps.Length, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            return ChangeOf(model, targets, cancellationToken).DetachFromDisposeScope();
        });
        var mean = zeros_like(changes[0]);
        for (int model = 0; model < changes.Length; model++)
        {
            mean.add_(changes[model].mul(weights[model] / changes.Length));
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

    private Tensor ChangeOf(int model, Tensor targets, CancellationToken cancellationToken)
    {
        var own = ensemble.Weights(model);
        var direction = Options.EvaluateStep ? [] : new ParameterVector(ensemble.Graph).Split(steps[model]);
        Tensor[] moved = Options.EvaluateStep ? OwnSteps.Moved(ensemble.Graph, own, steps[model].mul(Options.Multiplier)) : [];
        var parts = new List<Tensor>();
        for (long start = 0; start < targets.shape[0]; start += Options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = targets.slice(0, start, Math.Min(start + Options.BatchSize, targets.shape[0]), 1);
            var change = Options.EvaluateStep
                ? Outputs(moved, batch).sub(Outputs(own, batch))
                : TangentPass.Run(ensemble.Graph, own, direction, batch).Tangent.mul(Options.Multiplier);
            parts.Add(change.MoveToOuterDisposeScope());
        }

        return cat(parts);
    }

    private Tensor Outputs(Tensor[] weights, Tensor batch) => ensemble.Graph.Forward(weights, batch, stacked: false, training: false);
}
