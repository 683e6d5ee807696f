using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Maximum over square windows that do not overlap; pixels past the last full window are dropped.</summary>
/// <param name="Size">Height, width and step of the window in pixels.</param>
public sealed record MaxPool2dOperation(long Size) : LayerOperation
{
    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs)
    {
        var (channels, height, width) = RequireImage(inputs);
        return height >= Size && width >= Size
            ? [channels, height / Size, width / Size]
            : throw new ArgumentException($"A {Size}x{Size} window does not fit an image of {height}x{width} pixels.", nameof(inputs));
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) =>
        nn.functional.max_pool2d(inputs[0], [Size, Size], [Size, Size]);
}
