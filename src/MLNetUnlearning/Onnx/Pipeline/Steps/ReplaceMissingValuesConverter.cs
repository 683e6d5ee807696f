using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>ReplaceMissingValues in all modes: Where(IsNaN(x), replacement, x). The replacements are what the step makes of a row of missing values.</summary>
internal sealed class ReplaceMissingValuesConverter : IStepConverter
{
    public string Step => typeof(MissingValueReplacingTransformer).FullName!;

    public OnnxColumn Append(StepContext context) =>
        context.Made.Shape.Item == typeof(float) ? Append(context, float.NaN)
        : context.Made.Shape.Item == typeof(double) ? Append(context, double.NaN)
        : throw context.Made.Unsupported($"{context.Made.Shape.Item.Name} has no missing value; replace missing values of Single or Double columns");

    private static OnnxColumn Append<T>(StepContext context, T missing) where T : unmanaged
    {
        using var probe = context.Made.Probe<T, T>();
        T[] replacements = probe.Run(_ => missing);
        var source = context.OnlySource();
        return context.Column(
            context.Node("Where", "replaced", [context.IsNaN(source), context.Constant<T>("replacement", replacements, 1, replacements.Length), source.Value]));
    }
}
