using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetUnlearning.Native;

/// <summary>
/// The device on which tensors are made: by training, attribution, unlearning, verification, and scoring in TorchSharp. One for the whole process. Every tensor is made on TorchSharp's default device, which
/// <see cref="Use"/> sets, and every result is read back through the CPU, so that nothing has to be told its device.
/// </summary>
/// <remarks>The path for CUDA compiles; it has not been run on a GPU.</remarks>
public sealed record DeviceSpec
{
    private DeviceSpec(int? cudaIndex) => CudaIndex = cudaIndex;

    /// <summary>The CPU; the default.</summary>
    public static DeviceSpec Cpu { get; } = new((int?)null);

    /// <summary>The device that is in use.</summary>
    public static DeviceSpec Current => get_default_device() is { type: DeviceType.CUDA, index: var index } ? Cuda(Math.Max(index, 0)) : Cpu;

    /// <summary>Number of the CUDA device; null for the CPU.</summary>
    public int? CudaIndex { get; }

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static DeviceSpec Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new DeviceSpec(index);
    }

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static DeviceSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        return parts switch
        {
            ["cpu"] => Cpu,
            ["cuda"] => Cuda(),
            ["cuda", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) => Cuda(index),
            _ => throw new FormatException($"'{text}' names no device. Use cpu, cuda or cuda:N."),
        };
    }

    /// <summary>Makes this the process's device. Call it before the first model is made; models that exist stay where they are and cannot be used afterwards.</summary>
    /// <exception cref="InvalidOperationException">The process has no such CUDA device. Nothing has changed.</exception>
    public void Use()
    {
        NativeBackend.EnsureLoaded();
        if (CudaIndex is { } index)
        {
            int found = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
            if (index >= found)
            {
                throw new InvalidOperationException($"CUDA device {index} was asked for, but this process sees {found}. Build with -p:ComputeBackend=cuda on a machine with CUDA, or use the CPU.");
            }
        }

        set_default_device(ToTorch());
    }

    /// <inheritdoc/>
    public override string ToString() => CudaIndex is { } index ? $"cuda:{index}" : "cpu";

    /// <summary>TorchSharp's name for the device.</summary>
    internal Device ToTorch() => CudaIndex is { } index ? new Device(DeviceType.CUDA, index) : CPU;
}
