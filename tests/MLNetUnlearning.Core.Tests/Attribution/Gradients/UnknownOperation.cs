using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>A layer that attribution does not know: x times a scale per feature.</summary>
internal sealed record UnknownOperation : LayerOperation
{
    public override IReadOnlyList<ParameterSpec> Parameters => [new("scale", [3], ParameterRole.Weight, 3)];

    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => inputs[0];

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].mul(parameters[0]);
}
