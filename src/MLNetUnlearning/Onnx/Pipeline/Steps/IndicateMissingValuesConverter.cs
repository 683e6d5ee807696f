using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>IndicateMissingValues: IsNaN for numbers, comparison with 0 for keys.</summary>
internal sealed class IndicateMissingValuesConverter : IStepConverter
{
    public string Step => typeof(MissingValueIndicatorTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        var shape = context.Made.OnlySourceShape;
        if (!shape.IsKey && shape.Item != typeof(float) && shape.Item != typeof(double))
        {
            throw context.Made.Unsupported($"{shape.Item.Name} has no missing value; indicate missing values of Single, Double or key columns");
        }

        var source = context.OnlySource();
        return context.Column(shape.IsKey ? context.Node("Equal", "missing", [source.Value, context.Constant<long>("none", [0])]) : context.IsNaN(source));
    }
}
