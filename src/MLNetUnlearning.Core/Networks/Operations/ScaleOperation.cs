using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Multiplication by a constant.</summary>
/// <param name="Factor">The constant.</param>
public sealed record ScaleOperation(float Factor) : LayerOperation
{
    /// <inheritdoc/>
    public override bool SupportsStacking => true;

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => inputs[0];

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].mul(Held(Factor));
}
