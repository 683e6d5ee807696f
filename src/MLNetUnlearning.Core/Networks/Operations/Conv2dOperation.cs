using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Square two-dimensional convolution.</summary>
/// <param name="InputChannels">Planes of the input.</param>
/// <param name="OutputChannels">Planes of the output.</param>
/// <param name="KernelSize">Height and width of the kernel in pixels.</param>
/// <param name="Stride">Step in pixels.</param>
/// <param name="Padding">Zeros added on each side, in pixels.</param>
/// <param name="HasBias">Whether a bias is added per output plane.</param>
public sealed record Conv2dOperation(long InputChannels, long OutputChannels, long KernelSize, long Stride = 1, long Padding = 0, bool HasBias = true) : LayerOperation
{
    private long FanIn => InputChannels * KernelSize * KernelSize;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters
    {
        get
        {
            var weight = new ParameterSpec("weight", [OutputChannels, InputChannels, KernelSize, KernelSize], ParameterRole.Weight, FanIn);
            return HasBias ? [weight, new("bias", [OutputChannels], ParameterRole.Bias, FanIn)] : [weight];
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs)
    {
        var (_, height, width) = RequireImage(inputs);
        RequireShape(inputs, InputChannels, height, width);
        long Size(long size) => (size + 2 * Padding - KernelSize) / Stride + 1;
        return Math.Min(height, width) + 2 * Padding >= KernelSize
            ? [OutputChannels, Size(height), Size(width)]
            : throw new ArgumentException($"A {KernelSize}x{KernelSize} convolution does not fit an image of {height}x{width} pixels.", nameof(inputs));
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) =>
        nn.functional.conv2d(inputs[0], parameters[0], HasBias ? parameters[1] : null, [Stride, Stride], [Padding, Padding]);
}
