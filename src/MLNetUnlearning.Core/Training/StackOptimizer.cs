using MLNetUnlearning.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>
/// The optimiser for stacked models: every model of the stack has its own learning rate, and a rate of zero leaves a model untouched, so models
/// with fewer steps can wait for the others. TorchSharp's optimisers know one rate per tensor.
/// </summary>
internal sealed class StackOptimizer
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    private readonly OptimizationOptions options;
    private readonly Tensor[] parameters;
    private readonly Tensor[] first;
    private readonly Tensor[] second;
    // Held, because TorchSharp lets go of a temporary Scalar while libtorch still reads it (HeldScalars).
    private readonly Scalar momentum, weightDecay;
    private readonly Scalar beta1 = Held(Beta1), beta2 = Held(Beta2), rest1 = Held(1 - Beta1), rest2 = Held(1 - Beta2), epsilon = Held(Epsilon);
    private int steps;

    /// <param name="options">Kind, momentum and weight decay.</param>
    /// <param name="parameters">Tensors to change in place.</param>
    public StackOptimizer(OptimizationOptions options, Tensor[] parameters)
    {
        this.options = options;
        this.parameters = parameters;
        momentum = Held(options.Momentum);
        weightDecay = Held(options.WeightDecay);
        first = [.. parameters.Select(parameter => zeros_like(parameter, requires_grad: false))];
        second = options.Optimizer == OptimizerKind.Adam ? [.. parameters.Select(parameter => zeros_like(parameter, requires_grad: false))] : [];
    }

    /// <summary>Takes one step.</summary>
    /// <param name="gradients">One per parameter; overwritten.</param>
    /// <param name="rates">Learning rate per model, [models]; a single value for tensors without a model axis.</param>
    public void Step(IReadOnlyList<Tensor> gradients, Tensor rates)
    {
        steps++;
        Scalar correction1 = Held(1 - Math.Pow(Beta1, steps)), correction2 = Held(1 - Math.Pow(Beta2, steps));
        for (int i = 0; i < parameters.Length; i++)
        {
            var gradient = gradients[i];
            if (options.WeightDecay > 0)
            {
                gradient.add_(parameters[i], weightDecay);
            }

            long[] shape = [.. Enumerable.Repeat(1L, (int)parameters[i].dim())];
            shape[0] = rates.shape[0];
            var rate = rates.view(shape);
            if (options.Optimizer == OptimizerKind.Sgd)
            {
                first[i].mul_(momentum).add_(gradient, Held(1));
                parameters[i].addcmul_(first[i], rate, Held(-1));
            }
            else
            {
                first[i].mul_(beta1).add_(gradient, rest1);
                second[i].mul_(beta2).addcmul_(gradient, gradient, rest2);
                var scale = second[i].div(correction2).sqrt_().add_(epsilon, Held(1));
                parameters[i].addcmul_(first[i].div(correction1).div_(scale), rate, Held(-1));
            }
        }

        GC.KeepAlive(this);
        GC.KeepAlive(correction1);
        GC.KeepAlive(correction2);
    }
}
