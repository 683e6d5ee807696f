using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>What fitting TRAK computes of one model.</summary>
/// <param name="Kernel">[size, size].</param>
/// <param name="Doubt">1 − p of each row, [rows].</param>
internal sealed record TrakPart(Tensor Kernel, Tensor Doubt) : IDisposable
{
    public void Dispose()
    {
        Kernel.Dispose();
        Doubt.Dispose();
    }
}
