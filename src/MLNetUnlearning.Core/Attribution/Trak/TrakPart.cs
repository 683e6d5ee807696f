using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>What fitting TRAK computes of one model.</summary>
/// <param name="Kernel">[size, size].</param>
/// <param name="Residual">Residual of each gradient, [gradients].</param>
internal sealed record TrakPart(Tensor Kernel, Tensor Residual) : IDisposable
{
    public void Dispose()
    {
        Kernel.Dispose();
        Residual.Dispose();
    }
}
