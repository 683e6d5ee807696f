using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;
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
            return ChangeOf(ensemble, model, steps[model], targets, cancellationToken).DetachFromDisposeScope();
        });
        var mean = zeros_like(changes[0]);
        for (int model = 0; model < changes.Length; model++)
        {
            mean.add_(changes[model].mul(Held(weights[model] / changes.Length)), Held(1));
            changes[model].Dispose();
        }

        return new LogitChange(mean);
    }

    /// <summary>What a step changes of one model's outputs, [targets, classes]; in the current dispose scope.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="model">Which of them.</param>
    /// <param name="step">Its step, [parameters].</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static Tensor ChangeOf(GaussNewtonEnsemble ensemble, int model, Tensor step, Tensor targets, CancellationToken cancellationToken)
    {
        var options = ensemble.Options;
        var (own, vector) = (ensemble.Weights(model), new ParameterVector(ensemble.Graph));
        var direction = options.EvaluateStep ? [] : vector.Split(step);
        Tensor[] moved = options.EvaluateStep ? vector.Moved(own, step.mul(Held(options.Multiplier))) : [];
        var parts = new List<Tensor>();
        for (long start = 0; start < targets.shape[0]; start += options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = targets.slice(0, start, Math.Min(start + options.BatchSize, targets.shape[0]), 1);
            var change = options.EvaluateStep
                ? Outputs(moved, batch).sub(Outputs(own, batch))
                : TangentPass.Run(ensemble.Graph, own, direction, batch).Tangent.mul(Held(options.Multiplier));
            parts.Add(change.MoveToOuterDisposeScope());
        }

        return cat(parts);

        Tensor Outputs(Tensor[] weights, Tensor batch) => ensemble.Graph.Forward(weights, batch, stacked: false, training: false);
    }

    public void Dispose()
    {
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }
}
