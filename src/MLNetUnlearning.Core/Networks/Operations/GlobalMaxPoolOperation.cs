using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Maximum over all pixels of each plane.</summary>
public sealed record GlobalMaxPoolOperation : LayerOperation
{
    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => [RequireImage(inputs).Channels];

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].amax([2, 3]);
}
