using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>What the projected Gauss-Newton influence holds of one model.</summary>
/// <param name="Kernel">Gauss-Newton matrix over all rows, [size, size].</param>
/// <param name="Inverse">Inverse of that matrix plus ridge, [size, size] in float64; null if there was no room.</param>
/// <param name="Pool">Gradients of the pool's rows; null if there is no pool.</param>
internal sealed record GaussNewtonModel(Tensor Kernel, Tensor? Inverse, IPoolGradients? Pool) : IDisposable
{
    /// <summary>Memory of all tensors, in bytes.</summary>
    public long Bytes => new[] { Kernel, Inverse }.Sum(tensor => tensor is null ? 0 : tensor.NumberOfElements * tensor.ElementSize) + (Pool?.Bytes ?? 0);

    /// <summary>Frees the memory; what lies on disk stays.</summary>
    public void Dispose()
    {
        Kernel.Dispose();
        Inverse?.Dispose();
        Pool?.Dispose();
    }
}
