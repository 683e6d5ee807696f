using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Compares every column that the exported steps make, not the scores alone, so that the first step that differs can be named.</summary>
internal static class StepCheck
{
    /// <summary>Runs the steps in ONNX Runtime and in ML.NET.</summary>
    /// <param name="sample">Rows before the first step.</param>
    /// <param name="steps">The steps before the network.</param>
    /// <param name="schemas">The columns before every step, and after the last.</param>
    /// <param name="features">Name of the features.</param>
    /// <param name="converters">What writes the steps.</param>
    /// <param name="opset">Operator set.</param>
    /// <param name="rows">Most rows to compare.</param>
    /// <exception cref="OnnxParityException">A column differs; the error names the first step that makes one.</exception>
    public static void Run(
        IDataView sample, IReadOnlyList<PipelineStep> steps, IReadOnlyList<DataViewSchema> schemas, string features, StepConverters converters, int opset, int rows)
    {
        // The first walk tells which columns there will be.
        var walk = new PipelineWalk(new OnnxGraphBuilder("steps", opset, []), steps, schemas, converters);
        walk.Resolve(features);
        string[] outputs = [.. walk.Written.Select((_, i) => $"step.{i}")];
        if (outputs.Length == 0)
        {
            return;
        }

        var builder = new OnnxGraphBuilder("steps", opset, outputs);
        walk = new PipelineWalk(builder, steps, schemas, converters);
        walk.Resolve(features);
        for (int i = 0; i < outputs.Length; i++)
        {
            var column = walk.Written[i].Value;
            builder.AddOutput(outputs[i], column.Value, column.Type, column.Width);
        }

        Compare(builder.ToBytes("steps"), sample, steps, walk, outputs, rows);
    }

    private static void Compare(byte[] model, IDataView sample, IReadOnlyList<PipelineStep> steps, PipelineWalk walk, string[] outputs, int rows)
    {
        ColumnRows[] inputs = [.. Read(sample, walk.Inputs, rows)];
        var values = Array.ConvertAll(inputs, input => input.ToValue());
        try
        {
            using var session = new InferenceSession(model);
            using var run = new RunOptions();
            using var results = session.Run(run, [.. walk.Inputs.Select(column => column.Name)], values, outputs);
            var view = sample;
            for (int stage = 1; stage <= steps.Count; stage++)
            {
                view = steps[stage - 1].Transformer.Transform(view);
                int[] made = [.. Enumerable.Range(0, outputs.Length).Where(i => walk.Written[i].Stage == stage)];
                var expected = Read(view, [.. made.Select(i => view.Schema[walk.Written[i].Column.Name])], rows);
                for (int i = 0; i < made.Length; i++)
                {
                    if (expected[i].FirstDifference(results[made[i]]) is { } difference)
                    {
                        throw Differs(walk.Written[made[i]], difference);
                    }
                }
            }
        }
        finally
        {
            Array.ForEach(values, value => value.Dispose());
        }
    }

    private static List<ColumnRows> Read(IDataView view, IReadOnlyList<DataViewSchema.Column> columns, int limit)
    {
        List<ColumnRows> rows = [.. columns.Select(ColumnRows.Create)];
        if (columns.Count == 0)
        {
            return rows;
        }

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
        column.Step.Name,
        column.Column.Name);
}
