using System.Numerics;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Pipeline.Normalization;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>The normalisers with fitted parameters: NormalizeMinMax, MeanVariance, LogMeanVariance, RobustScaling, Binning and SupervisedBinning.</summary>
/// <remarks>A step numbers its parameters by the order in which it was told its columns, which the schema does not keep; so those are taken that explain probes.</remarks>
internal sealed class NormalizeConverter : IStepConverter
{
    public string Step => typeof(NormalizingTransformer).FullName!;

    public OnnxColumn Append(StepContext context) =>
        context.Made.Shape.Item == typeof(double) ? Append<double>(context)
        : context.Made.Shape.Item == typeof(float) ? Append<float>(context)
        : throw context.Made.Unsupported($"normalisers of {context.Made.Shape.Item.Name} are not known");

    private static OnnxColumn Append<T>(StepContext context) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var step = (NormalizingTransformer)context.Made.Step.Transformer;
        using var probe = context.Made.Probe<T, T>();
        for (int i = 0; i < context.Made.MadeCount; i++)
        {
            if (Normalizer<T>.Read(step.GetNormalizerModelParameters(i)) is { } normalizer && normalizer.Width == context.Made.Shape.Width && normalizer.Explains(probe))
            {
                return context.Column(normalizer.Append(context, context.OnlySource()));
            }
        }

        throw context.Made.Unsupported("none of the step's parameters explains what it does");
    }
}
