using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Rows of numbers, Booleans or keys.</summary>
internal sealed class NumberRows<T>(DataViewSchema.Column column, ColumnShape shape) : ColumnRows<T>(column, shape) where T : unmanaged
{
    private readonly ColumnShape shape = shape;

    public override OrtValue ToValue() => OrtValue.CreateTensorValueFromMemory(Values.ToArray(), Dimensions);

    public override string? FirstDifference(OrtValue value) => shape.IsKey
        ? First(value.GetTensorDataAsSpan<long>(), (expected, actual) => Convert.ToInt64(expected, CultureInfo.InvariantCulture) == actual)
        : First(value.GetTensorDataAsSpan<T>(), Same);

    protected override T Keep(T value) => value;

    // Floating-point numbers may be rounded otherwise, because ML.NET and ONNX Runtime add in another order.
    private static bool Same(T expected, T actual) => expected switch
    {
        float number => Close(number, (float)(object)actual),
        double number => Close(number, (double)(object)actual),
        _ => EqualityComparer<T>.Default.Equals(expected, actual),
    };

    private static bool Close(double expected, double actual) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= PipelineCheck.Tolerance * Math.Max(1, Math.Abs(expected));
}
