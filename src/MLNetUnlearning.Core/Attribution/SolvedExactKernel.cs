using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion as a step of each model, in double precision.</summary>
/// <param name="ensemble">The models.</param>
/// <param name="options">Settings.</param>
/// <param name="steps">Step of each model; taken over.</param>
internal sealed class SolvedExactKernel(GaussNewtonEnsemble ensemble, ExactKernelOptions options, ExactKernelStep[] steps) : ISolvedDeletion
{
    private readonly double[] weights = ensemble.Weigh([.. steps.Select(step => step.Size)]);

    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var changes = Workers.Collect(steps.Length, options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            return steps[model].Along(targets, cancellationToken).DetachFromDisposeScope();
        });
        var all = stack(changes);
        foreach (var change in changes)
        {
            change.Dispose();
        }

        return new LogitChange(all.mul(tensor(weights).mul(Held(options.Multiplier)).view(-1, 1, 1)).mean([0]).to_type(ScalarType.Float32));
    }

    public void Dispose()
    {
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }
}
