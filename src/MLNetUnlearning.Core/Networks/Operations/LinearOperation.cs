using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Affine layer: y = x Wᵀ + b.</summary>
/// <param name="Inputs">Number of inputs.</param>
/// <param name="Outputs">Number of outputs.</param>
/// <param name="HasBias">Whether b is there.</param>
public sealed record LinearOperation(long Inputs, long Outputs, bool HasBias = true) : LayerOperation
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters { get; } = HasBias
        ? [new("weight", [Outputs, Inputs], ParameterRole.Weight, Inputs), new("bias", [Outputs], ParameterRole.Bias, Inputs)]
        : [new("weight", [Outputs, Inputs], ParameterRole.Weight, Inputs)];

    /// <inheritdoc/>
    public override bool SupportsStacking => true;

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs)
    {
        RequireShape(inputs, Inputs);
        return [Outputs];
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode)
    {
        if (!mode.Stacked)
        {
            return nn.functional.linear(inputs[0], parameters[0], HasBias ? parameters[1] : null);
        }

        // Not baddbmm: TorchSharp 0.107.0 hands its arguments to libtorch in the wrong order.
        var product = bmm(inputs[0], parameters[0].transpose(1, 2));
        return HasBias ? product.add(parameters[1].unsqueeze(1), Held(1)) : product;
    }
}
