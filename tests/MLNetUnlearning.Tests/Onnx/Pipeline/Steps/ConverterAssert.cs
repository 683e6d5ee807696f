using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Tests.Onnx.Pipeline.Steps;

/// <summary>Compares a column in ONNX Runtime with the one that ML.NET's Transform gives.</summary>
internal static class ConverterAssert
{
    private static readonly int[] Opsets = [12, 13, 17];

    /// <summary>Fits on <see cref="StepRow.Train"/> and compares on <see cref="StepRow.Test"/>.</summary>
    public static void SameAsTransform(Func<TransformsCatalog, IEstimator<ITransformer>> pipeline, string column) => SameAsTransform(pipeline, column, StepRow.Train(), StepRow.Test());

    /// <summary>Compares a column on rows, in old and new operator sets, in one batch and one by one.</summary>
    public static void SameAsTransform(Func<TransformsCatalog, IEstimator<ITransformer>> pipeline, string column, StepRow[] train, StepRow[] rows)
    {
        var ml = new MLContext(seed: 1);
        var model = pipeline(ml.Transforms).Fit(ml.Data.LoadFromEnumerable(train));
        string[] expected = Expected(model.Transform(ml.Data.LoadFromEnumerable(rows)), column);
        foreach (int opset in Opsets)
        {
            var (bytes, inputs) = Write(model, ml.Data.LoadFromEnumerable(rows), column, opset);
            using var session = new InferenceSession(bytes);
            Same(expected, Score(session, inputs, ml.Data.LoadFromEnumerable(rows)), $"operator set {opset}");
            Same([.. expected.Take(expected.Length / rows.Length)], Score(session, inputs, ml.Data.LoadFromEnumerable(rows[..1])), $"one row, operator set {opset}");
        }
    }

    /// <summary>Checks that a column is refused by name.</summary>
    public static UnsupportedOnnxExportException Refuses(Func<TransformsCatalog, IEstimator<ITransformer>> pipeline, string column, string reason)
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(StepRow.Train());
        var model = pipeline(ml.Transforms).Fit(data);
        var error = Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => Write(model, data, column, 17));
        StringAssert.Contains(error.Message, $"'{column}'", StringComparison.Ordinal);
        StringAssert.Contains(error.Message, reason, StringComparison.Ordinal);
        return error;
    }

    private static (byte[] Model, IReadOnlyList<DataViewSchema.Column> Inputs) Write(ITransformer model, IDataView data, string column, int opset)
    {
        IEnumerable<ITransformer> Flatten(ITransformer step) => step is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [step];
        var steps = OpenedSteps.Open([.. Flatten(model)], data.Schema);
        var builder = new OnnxGraphBuilder("column", opset, ["result"]);
        var walk = new PipelineWalk(builder, steps, OpenedSteps.Schemas(steps, data.Schema), StepConverters.Default);
        var result = walk.Resolve(column);
        builder.AddOutput("result", result.Value, result.Type, result.Width);
        return (builder.ToBytes(""), [.. walk.Inputs.Select(input => input.Column)]);
    }

    private static string[] Score(InferenceSession session, IReadOnlyList<DataViewSchema.Column> columns, IDataView data)
    {
        var inputs = new List<OrtValue>();
        foreach (var column in columns)
        {
            var rows = ColumnRows.Create(data.Schema[column.Name]);
            using var cursor = data.GetRowCursor([data.Schema[column.Name]]);
            rows.Bind(cursor);
            while (cursor.MoveNext())
            {
                rows.Take();
            }

            inputs.Add(rows.ToValue());
        }

        using var options = new RunOptions();
        using var results = session.Run(options, [.. columns.Select(column => column.Name)], inputs, ["result"]);
        inputs.ForEach(input => input.Dispose());
        return Words(results[0]);
    }

    private static string[] Words(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType switch
    {
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => Words(value.GetTensorDataAsSpan<float>()),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => Words(value.GetTensorDataAsSpan<double>()),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => Words(value.GetTensorDataAsSpan<bool>()),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => Words(value.GetTensorDataAsSpan<int>()),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => Words(value.GetTensorDataAsSpan<long>()),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.String => value.GetStringTensorAsArray(),
        var other => throw new NotSupportedException($"{other}"),
    };

    private static string[] Words<T>(ReadOnlySpan<T> values) => [.. values.ToArray().Select(value => FormattableString.Invariant($"{value:R}"))];

    // What Transform gives, read with ML.NET's own reader.
    private static string[] Expected(IDataView view, string name)
    {
        var type = view.Schema[name].Type;
        var item = (type as VectorDataViewType)?.ItemType ?? type;
        return item.RawType == typeof(float) ? Read<float>() : item.RawType == typeof(double) ? Read<double>()
            : item.RawType == typeof(bool) ? Read<bool>() : item.RawType == typeof(uint) ? Read<uint>()
            : item.RawType == typeof(int) ? Read<int>() : item.RawType == typeof(long) ? Read<long>() : Read<string>();

        string[] Read<T>() => type is VectorDataViewType
            ? [.. view.GetColumn<T[]>(name).SelectMany(row => row).Select(value => FormattableString.Invariant($"{value:R}"))]
            : [.. view.GetColumn<T>(name).Select(value => FormattableString.Invariant($"{value:R}"))];
    }

    private static void Same(string[] expected, string[] actual, string where)
    {
        Assert.HasCount(expected.Length, actual, where);
        for (int i = 0; i < expected.Length; i++)
        {
            // Sums are added in another order; everything else is the same to the last bit.
            bool close = double.TryParse(expected[i], out double a) && double.TryParse(actual[i], out double b) && Math.Abs(a - b) <= 1e-6 * Math.Max(1, Math.Abs(a));
            Assert.IsTrue(expected[i] == actual[i] || close, $"{where}, value {i}: {actual[i]} instead of {expected[i]}");
        }
    }
}
