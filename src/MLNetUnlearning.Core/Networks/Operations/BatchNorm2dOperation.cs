using static TorchSharp.torch;

namespace MLNetUnlearning.Networks.Operations;

/// <summary>Batch normalisation of image planes.</summary>
/// <param name="Channels">Planes of the input.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Momentum">Weight of the newest batch in the running statistics.</param>
public sealed record BatchNorm2dOperation(long Channels, double Epsilon = 1e-5, double Momentum = 0.1) : LayerOperation
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters { get; } =
    [
        new("weight", [Channels], ParameterRole.NormalizationScale),
        new("bias", [Channels], ParameterRole.NormalizationShift),
        new("running_mean", [Channels], ParameterRole.RunningMean),
        new("running_var", [Channels], ParameterRole.RunningVariance),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs)
    {
        var (_, height, width) = RequireImage(inputs);
        RequireShape(inputs, Channels, height, width);
        return inputs[0];
    }

    internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) =>
        nn.functional.batch_norm(inputs[0], parameters[2], parameters[3], parameters[0], parameters[1], mode.Training, Momentum, Epsilon);
}
