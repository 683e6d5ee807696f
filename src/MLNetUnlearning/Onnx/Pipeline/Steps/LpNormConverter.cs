using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Pipeline.Normalization;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>NormalizeLpNorm and NormalizeGlobalContrast, which ML.NET makes of one kind of step: each row divided by its own norm, times a scale.</summary>
internal sealed class LpNormConverter : IStepConverter
{
    public string Step => typeof(LpNormNormalizingTransformer).FullName!;

    public OnnxColumn Append(StepContext context) => context.Column(RowNorm.Find(context.Made).Append(context, context.OnlySource().Value));
}
