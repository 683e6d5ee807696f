using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Where a deletion moves one model.</summary>
/// <param name="Step">Step among projected gradients, [size].</param>
/// <param name="Direction">The same among the model's tensors, null for tensors that do not move; null if it is not kept, because it is as large as the model.</param>
/// <param name="Leaving">Predicted change of the rows that leave, [rows, outputs].</param>
/// <param name="Size">Root mean square of that.</param>
internal sealed record ProjectedStep(Tensor Step, Tensor?[]? Direction, Tensor Leaving, double Size) : IDisposable
{
    /// <summary>Lets the tensors outlive the current dispose scope.</summary>
    public ProjectedStep Keep() => new(Step.DetachFromDisposeScope(), Direction is null ? null : [.. Direction.Select(part => part?.DetachFromDisposeScope())], Leaving.DetachFromDisposeScope(), Size);

    /// <summary>The direction, lifted anew if it was not kept.</summary>
    public Tensor?[] Lift(GaussNewtonEnsemble ensemble, int model)
    {
        if (Direction is { } kept)
        {
            return kept;
        }

        using var map = ensemble.Features(model);
        return map.Lift(Step);
    }

    public void Dispose()
    {
        foreach (var tensor in (Direction ?? []).OfType<Tensor>().Append(Step).Append(Leaving))
        {
            tensor.Dispose();
        }
    }
}
