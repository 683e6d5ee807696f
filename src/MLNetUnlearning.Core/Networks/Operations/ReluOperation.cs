using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Rectifier: max(x, 0).</summary>
public sealed record ReluOperation : LayerOperation
{
    /// <inheritdoc/>
    public override bool SupportsStacking => true;

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => inputs[0];

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].relu();
}
