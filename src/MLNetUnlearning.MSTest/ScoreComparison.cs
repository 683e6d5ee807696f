using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;

namespace MLNetUnlearning.MSTest;

/// <summary>Scores of the same rows by a model and by an ONNX file, row by row.</summary>
/// <param name="Model">Scores of the model.</param>
/// <param name="Onnx">Scores of the file.</param>
/// <param name="Rows">Number of rows.</param>
internal sealed record ScoreComparison(float[] Model, float[] Onnx, int Rows)
{
    /// <summary>Scores the first rows both ways.</summary>
    /// <exception cref="AssertFailedException">The file cannot be read, or does not fit the rows.</exception>
    public static ScoreComparison Run(ITransformer model, IDataView data, string onnxPath, int maxRows, string scoreName)
    {
        using var session = Open(onnxPath);
        if (!session.OutputNames.Contains(scoreName))
        {
            throw Misfit($"The ONNX file has no output '{scoreName}'; its outputs are {string.Join(", ", session.OutputNames)}.", "Name one of them as the score, or export the file with this name.");
        }

        DataViewSchema.Column[] columns = [.. session.InputNames.Select(name => data.Schema.GetColumnOrNull(name)
            ?? throw Misfit($"ONNX input '{name}' has no column of that name in the data.", "Give the rows as they go into the exported pipeline."))];
        ColumnRows[] inputs = [.. columns.Select(Reader)];
        float[] scores = ReadRows(model, data, columns, inputs, maxRows, scoreName, out int rows);
        return new ScoreComparison(scores, Score(session, inputs, scoreName), rows);
    }

    /// <summary>What is wrong, or null if all scores agree.</summary>
    /// <param name="tolerance">Largest difference allowed.</param>
    public FormattableString? Describe(double tolerance)
    {
        if (Onnx.Length != Model.Length)
        {
            return $"The model gives {Model.Length / Rows} scores a row, the ONNX file {Onnx.Length / Rows}.";
        }

        int classes = Model.Length / Rows, worst = 0;
        double largest = 0;
        for (int i = 0; i < Model.Length; i++)
        {
            double difference = Math.Abs((double)Model[i] - Onnx[i]);
            if (!double.IsFinite(difference))
            {
                return $"Row {i / classes}, class {i % classes} (from 0): the model gives {Model[i]}, the ONNX file {Onnx[i]}, which is not a number to compare.";
            }

            if (difference > largest)
            {
                (largest, worst) = (difference, i);
            }
        }

        return largest <= tolerance
            ? null
            : (FormattableString)$"Over {Rows} rows scores differ by up to {largest:g3}, bound {tolerance:g3}; worst at row {worst / classes}, class {worst % classes} (from 0): model {Model[worst]:g6}, ONNX {Onnx[worst]:g6}.";
    }

    private static InferenceSession Open(string path)
    {
        try
        {
            return new InferenceSession(path);
        }
        catch (OnnxRuntimeException e)
        {
            throw Misfit($"'{path}' is not an ONNX file that can be opened: {e.Message}", "Export it with ml.Unlearning.ExportOnnx.");
        }
    }

    private static ColumnRows Reader(DataViewSchema.Column column)
    {
        try
        {
            return ColumnRows.Create(column);
        }
        catch (UnsupportedOnnxExportException e)
        {
            throw Misfit($"{e.Message}", "Compare a file whose inputs are such columns.");
        }
    }

    private static float[] ReadRows(ITransformer model, IDataView data, DataViewSchema.Column[] columns, ColumnRows[] inputs, int maxRows, string scoreName, out int rows)
    {
        var scored = model.Transform(data);
        if (scored.Schema.GetColumnOrNull(scoreName) is not { } column || !ScoreReader.Supports(column.Type))
        {
            throw Misfit($"The model gives no column '{scoreName}' of Single or of vectors of Single.", "Name the model's score column.");
        }

        using var before = data.GetRowCursor(columns);
        using var after = scored.GetRowCursor([column]);
        Array.ForEach(inputs, input => input.Bind(before));
        var (idBefore, idAfter, takeScores) = (before.GetIdGetter(), after.GetIdGetter(), ScoreReader.Create(after, column));
        var scores = new List<float>();
        DataViewRowId first = default, second = default;
        for (rows = 0; rows < maxRows && before.MoveNext(); rows++)
        {
            idBefore(ref first);
            if (after.MoveNext())
            {
                idAfter(ref second);
            }

            if (after.Position < 0 || !first.Equals(second))
            {
                throw Misfit($"Row {rows} (from 0) is not the same row before and behind the model.", "Compare on rows that the pipeline neither drops nor reorders, and cache data that is shuffled (ml.Data.Cache).");
            }

            Array.ForEach(inputs, input => input.Take());
            takeScores(scores);
        }

        return rows > 0 ? [.. scores] : throw Misfit($"There is no row to compare.", "Give at least one row.");
    }

    private static float[] Score(InferenceSession session, ColumnRows[] inputs, string scoreName)
    {
        var values = new List<OrtValue>();
        try
        {
            values.AddRange(inputs.Select(input => input.ToValue()));
            using var options = new RunOptions();
            using var results = session.Run(options, session.InputNames, values, [scoreName]);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException e)
        {
            throw Misfit($"ONNX Runtime cannot score the rows, inputs {string.Join(", ", session.InputNames.Select(name => $"'{name}'"))}: {e.Message}", "The columns must have the types and sizes of the file's inputs: give the rows as they go into the exported pipeline.");
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    private static AssertFailedException Misfit(FormattableString finding, string advice) => UnlearningAssert.Failure(nameof(UnlearningAssert.ScoresMatch), finding, advice);
}
