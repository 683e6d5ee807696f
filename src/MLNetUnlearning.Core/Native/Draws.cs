using static TorchSharp.torch;

namespace MLNetUnlearning.Native;

/// <summary>Random numbers. They are drawn on the CPU and then brought to the device, so that a seed gives the same ones everywhere.</summary>
internal static class Draws
{
    /// <summary>Uniform on [0, 1).</summary>
    public static Tensor Uniform(long[] shape, Generator generator) => Place(rand(shape, device: CPU, generator: generator));

    /// <summary>Standard normal.</summary>
    public static Tensor Normal(long[] shape, Generator generator) => Place(randn(shape, device: CPU, generator: generator));

    private static Tensor Place(Tensor drawn)
    {
        if (DeviceSpec.Current.CudaIndex is null)
        {
            return drawn;
        }

        using (drawn)
        {
            return drawn.to(DeviceSpec.Current.ToTorch());
        }
    }
}
