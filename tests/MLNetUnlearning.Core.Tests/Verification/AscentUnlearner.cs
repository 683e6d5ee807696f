using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>Climbs the loss of the forget rows for a number of steps, with nothing to stop it.</summary>
internal sealed class AscentUnlearner(int steps, double rate) : IUnlearner
{
    public string Name => "ascent";

    public UnlearnerNeeds Needs => UnlearnerNeeds.ForgetRows;

    public UnlearningOutcome Unlearn(UnlearningRequest request, UnlearningContext context, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var forget = context.Rows.Select(request.Resolve(context.Rows));
        var result = context.Models.Clone();
        Workers.Run(result.Count, Environment.ProcessorCount, model =>
        {
            var weights = result.Member(model);
            for (int step = 0; step < steps; step++)
            {
                using var inner = NewDisposeScope();
                Tensor[] free = [.. weights.Select(tensor => tensor.clone().requires_grad_())];
                var loss = nn.functional.cross_entropy(result.Graph.Forward(free, forget.Features, stacked: false, training: false), forget.Labels);
                loss.backward();
                using var noGrad = no_grad();
                for (int i = 0; i < weights.Length; i++)
                {
                    weights[i].add_(free[i].grad!, alpha: Held(rate));
                }
            }
        });
        return new UnlearningOutcome(result, TimeSpan.Zero, TimeSpan.Zero);
    }
}
