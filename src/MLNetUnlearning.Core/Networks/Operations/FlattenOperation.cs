using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Lays an image out as a vector, plane by plane.</summary>
public sealed record FlattenOperation : LayerOperation
{
    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs)
    {
        var (channels, height, width) = RequireImage(inputs);
        return [channels * height * width];
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].flatten(1);
}
