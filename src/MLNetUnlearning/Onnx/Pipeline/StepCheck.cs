using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Compares every column that the exported steps make, not the scores alone, so that the first step that differs can be named.</summary>
internal static class StepCheck
{
    /// <summary>Runs the steps in ONNX Runtime and in ML.NET.</summary>
    /// <param name="views">The sample rows before the first step and behind every step.</param>
    /// <param name="features">Name of the features.</param>
    /// <param name="create">Starts the steps in a graph.</param>
    /// <param name="opset">Operator set.</param>
    /// <param name="rows">Most rows to compare.</param>
    /// <exception cref="OnnxParityException">A column differs; the error names the first step that makes one.</exception>
    public static void Run(IReadOnlyList<IDataView> views, string features, Func<OnnxGraphBuilder, IPreprocessing> create, int opset, int rows)
    {
        // The first time tells which columns there will be.
        var preprocessing = create(new OnnxGraphBuilder("steps", opset, []));
        preprocessing.Resolve(features);
        string[] outputs = [.. preprocessing.Written.Select((_, i) => $"step.{i}")];
        if (outputs.Length == 0)
        {
            return;
        }

        var builder = new OnnxGraphBuilder("steps", opset, outputs);
        preprocessing = create(builder);
        preprocessing.Resolve(features);
        for (int i = 0; i < outputs.Length; i++)
        {
            var column = preprocessing.Written[i].Value;
            builder.AddOutput(outputs[i], column.Value, column.Type, column.Width);
        }

        Compare(builder.ToBytes("steps"), views, preprocessing, outputs, rows);
    }

    private static void Compare(byte[] model, IReadOnlyList<IDataView> views, IPreprocessing preprocessing, string[] outputs, int rows)
    {
        List<OrtValue> values = [.. GraphInput.Read(views, preprocessing.Inputs, rows).Rows.Select(input => input.ToValue())];
        try
        {
            using var session = new InferenceSession(model);
            using var run = new RunOptions();
            using var results = session.Run(run, [.. preprocessing.Inputs.Select(input => input.Name)], values, outputs);
            foreach (var stage in Enumerable.Range(0, outputs.Length).GroupBy(i => preprocessing.Written[i].Stage).OrderBy(group => group.Key))
            {
                int[] made = [.. stage];
                var view = views[stage.Key];
                var expected = Read(view, [.. made.Select(i => view.Schema[preprocessing.Written[i].Column.Name])], rows);
                for (int i = 0; i < made.Length; i++)
                {
                    if (expected[i].FirstDifference(results[made[i]]) is { } difference)
                    {
                        throw Differs(preprocessing.Written[made[i]], difference);
                    }
                }
            }
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    private static List<ColumnRows> Read(IDataView view, IReadOnlyList<DataViewSchema.Column> columns, int limit)
    {
        List<ColumnRows> rows = [.. columns.Select(ColumnRows.Create)];
        using var cursor = view.GetRowCursor(columns);
        rows.ForEach(column => column.Bind(cursor));
        for (int i = 0; i < limit && cursor.MoveNext(); i++)
        {
            rows.ForEach(column => column.Take());
        }

        return rows;
    }

    private static OnnxParityException Differs(WrittenColumn column, string difference) => new(
        $"The ONNX form of {column.Step} does not do what ML.NET does: column '{column.Column.Name}', sample {difference}. Nothing was written. Apply the step before the exported model, or set "
        + "OnnxExportOptions.PreprocessingConverter.",
        null,
        column.StepName,
        column.Column.Name);
}
