using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Square two-dimensional convolution.</summary>
/// <param name="InputChannels">Planes of the input.</param>
/// <param name="OutputChannels">Planes of the output.</param>
/// <param name="KernelSize">Height and width of the kernel in pixels.</param>
/// <param name="Stride">Step in pixels.</param>
/// <param name="Padding">Zeros added on each side, in pixels.</param>
/// <param name="HasBias">Whether a bias is added per output plane.</param>
/// <param name="Dilation">Distance in pixels between neighbouring entries of the kernel; 1 leaves no gaps.</param>
/// <param name="Groups">Number of equal groups of planes; each group of output planes reads one group of input planes only.</param>
public sealed record Conv2dOperation(
    long InputChannels, long OutputChannels, long KernelSize, long Stride = 1, long Padding = 0, bool HasBias = true, long Dilation = 1, long Groups = 1) : LayerOperation
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters
    {
        get
        {
            var weight = new ParameterSpec("weight", [OutputChannels, GroupInputs, KernelSize, KernelSize], ParameterRole.Weight, PatchSize);
            return HasBias ? [weight, new("bias", [OutputChannels], ParameterRole.Bias, PatchSize)] : [weight];
        }
    }

    /// <summary>Planes that one output plane reads.</summary>
    internal long GroupInputs => InputChannels / Groups;

    /// <summary>Inputs that one output pixel sums over.</summary>
    internal long PatchSize => GroupInputs * KernelSize * KernelSize;

    private long Reach => Dilation * (KernelSize - 1) + 1;

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs)
    {
        var (_, height, width) = RequireImage(inputs);
        RequireShape(inputs, InputChannels, height, width);
        if (KernelSize < 1 || Stride < 1 || Dilation < 1 || Padding < 0)
        {
            throw new ArgumentException($"A convolution takes kernel size, stride and dilation of at least 1 and padding of at least 0; got {KernelSize}, {Stride}, {Dilation} and {Padding}.", nameof(inputs));
        }

        if (Groups < 1 || InputChannels % Groups != 0 || OutputChannels % Groups != 0)
        {
            throw new ArgumentException($"A convolution from {InputChannels} to {OutputChannels} planes cannot be split into {Groups} groups.", nameof(inputs));
        }

        long Size(long size) => (size + 2 * Padding - Reach) / Stride + 1;
        return Math.Min(height, width) + 2 * Padding >= Reach
            ? [OutputChannels, Size(height), Size(width)]
            : throw new ArgumentException($"A {KernelSize}x{KernelSize} convolution of dilation {Dilation} does not fit an image of {height}x{width} pixels.", nameof(inputs));
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) =>
        Convolve(inputs[0], parameters[0], HasBias ? parameters[1] : null);

    /// <summary>The convolution with other filters, as many per group as there are output planes in <paramref name="weight"/>.</summary>
    internal Tensor Convolve(Tensor input, Tensor weight, Tensor? bias) =>
        nn.functional.conv2d(input, weight, bias, [Stride, Stride], [Padding, Padding], [Dilation, Dilation], Groups);
}
