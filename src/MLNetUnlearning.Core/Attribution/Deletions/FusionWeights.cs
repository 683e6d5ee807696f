using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Weights of candidate predictions.</summary>
/// <param name="Leaving">On targets that leave, one for each candidate.</param>
/// <param name="Staying">On targets that stay.</param>
internal sealed record FusionWeights(double[] Leaving, double[] Staying)
{
    /// <summary>Combines candidates, in the current dispose scope.</summary>
    /// <param name="candidates">[targets, outputs] each.</param>
    /// <param name="inside">[targets], 1 where the target leaves.</param>
    public Tensor Combine(IReadOnlyList<Tensor> candidates, Tensor inside)
    {
        using var scope = NewDisposeScope();
        var result = zeros_like(candidates[0]);
        for (int i = 0; i < candidates.Count; i++)
        {
            result.add_(candidates[i].mul(inside.mul(Held(Leaving[i] - Staying[i])).add(Held(Staying[i]), Held(1)).unsqueeze(1)), Held(1));
        }

        return result.MoveToOuterDisposeScope();
    }
}
