using static TorchSharp.torch;

namespace MLNetUnlearning.Native;

/// <summary>Reads tensors, wherever they are.</summary>
internal static class HostValues
{
    /// <summary>The values row by row.</summary>
    public static T[] ToHost<T>(this Tensor values) where T : unmanaged
    {
        using var local = values.cpu();
        using var dense = local.contiguous();
        return dense.data<T>().ToArray();
    }

    /// <summary>A dense copy or alias in the CPU's memory, whose bytes can be read; the caller disposes it.</summary>
    public static Tensor ToHostTensor(this Tensor values)
    {
        using var plain = values.detach();
        using var local = plain.cpu();
        return local.contiguous();
    }
}
