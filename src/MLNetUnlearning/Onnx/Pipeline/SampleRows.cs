using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Sample rows before the pipeline and behind it.</summary>
internal sealed class SampleRows
{
    private SampleRows(IReadOnlyList<InputRows> inputs, float[] scores, uint[] labels)
    {
        Inputs = inputs;
        Scores = scores;
        Labels = labels;
    }

    /// <summary>The columns that enter the graph.</summary>
    public IReadOnlyList<InputRows> Inputs { get; }

    /// <summary>The model's scores, row by row.</summary>
    public float[] Scores { get; }

    /// <summary>The model's predicted labels: keys, from 1.</summary>
    public uint[] Labels { get; }

    /// <summary>Reads the first rows.</summary>
    /// <param name="before">The user's rows.</param>
    /// <param name="columns">Columns that enter the graph.</param>
    /// <param name="after">The rows with scores.</param>
    /// <param name="network">Names of the score columns.</param>
    /// <param name="limit">Most rows.</param>
    /// <exception cref="OnnxParityException">There are no rows, or they come in another order when read again.</exception>
    public static SampleRows Read(IDataView before, IReadOnlyList<DataViewSchema.Column> columns, IDataView after, IOnnxNetworkStep network, int limit)
    {
        InputRows[] inputs = [.. columns.Select(InputRows.Create)];
        var ids = new List<DataViewRowId>();
        using (var cursor = before.GetRowCursor(columns))
        {
            foreach (var input in inputs)
            {
                input.Bind(cursor);
            }

            ReadIds(cursor, limit, ids, () => Array.ForEach(inputs, input => input.Take()));
        }

        var (scoreColumn, labelColumn) = (after.Schema[network.ScoreColumnName], after.Schema[network.PredictedLabelColumnName]);
        var scores = new List<float>();
        var labels = new List<uint>();
        var idsAfter = new List<DataViewRowId>();
        using (var cursor = after.GetRowCursor([scoreColumn, labelColumn]))
        {
            var (getScores, getLabel) = (cursor.GetGetter<VBuffer<float>>(scoreColumn), cursor.GetGetter<uint>(labelColumn));
            VBuffer<float> buffer = default;
            uint label = 0;
            ReadIds(cursor, limit, idsAfter, () =>
            {
                getScores(ref buffer);
                getLabel(ref label);
                scores.AddRange(buffer.DenseValues());
                labels.Add(label);
            });
        }

        if (ids.Count == 0)
        {
            throw new OnnxParityException("There are no sample rows to check the ONNX model with. Give at least one row like those that will be scored.", null);
        }

        return ids.SequenceEqual(idsAfter)
            ? new SampleRows(inputs, [.. scores], [.. labels])
            : throw new OnnxParityException("The sample rows come in another order or number when they are read again, so they cannot be compared. Cache them first (ml.Data.Cache).", null);
    }

    private static void ReadIds(DataViewRowCursor cursor, int limit, List<DataViewRowId> ids, Action take)
    {
        var getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (ids.Count < limit && cursor.MoveNext())
        {
            getId(ref id);
            ids.Add(id);
            take();
        }
    }
}
