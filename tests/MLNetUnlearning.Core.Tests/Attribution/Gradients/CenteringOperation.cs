using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>A layer without parameters that mixes the rows of a batch: each row minus the mean over rows.</summary>
internal sealed record CenteringOperation : LayerOperation
{
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => inputs[0];

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].sub(inputs[0].mean([0], keepdim: true));
}
