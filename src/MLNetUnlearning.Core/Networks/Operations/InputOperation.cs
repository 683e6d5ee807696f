using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>The feature vector that enters the network; always node 0.</summary>
/// <param name="Size">Number of features.</param>
public sealed record InputOperation(long Size) : LayerOperation
{
    /// <inheritdoc/>
    public override bool SupportsStacking => true;

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => [Size];

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0];
}
