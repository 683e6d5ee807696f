using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Sum of two inputs of one shape: the joint of a residual block.</summary>
public sealed record AddOperation : LayerOperation
{
    /// <inheritdoc/>
    public override bool SupportsStacking => true;

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) =>
        inputs.Count == 2 && inputs[0].SequenceEqual(inputs[1])
            ? inputs[0]
            : throw new ArgumentException("Addition takes two inputs of the same shape.", nameof(inputs));

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].add(inputs[1], Held(1));
}
