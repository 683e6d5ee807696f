using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Steps of one model for several sets of rows.</summary>
/// <param name="Steps">[ridges, sets, size].</param>
/// <param name="Sizes">√(xᵀHx) of each step, the root of the summed squares of predicted changes in the metric of the loss, [ridges, sets].</param>
internal sealed record SolvedSteps(Tensor Steps, Tensor Sizes) : IDisposable
{
    /// <summary>Lets the tensors outlive the current dispose scope.</summary>
    public SolvedSteps Keep() => new(Steps.DetachFromDisposeScope(), Sizes.DetachFromDisposeScope());

    public void Dispose()
    {
        Steps.Dispose();
        Sizes.Dispose();
    }
}
