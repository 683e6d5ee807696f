using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Sample rows before the pipeline and behind it.</summary>
internal sealed class SampleRows
{
    private SampleRows(IReadOnlyList<ColumnRows> inputs, float[] scores, IReadOnlyList<float> units, long[] decisions, int count)
    {
        Inputs = inputs;
        Scores = scores;
        Units = units;
        Decisions = decisions;
        Count = count;
    }

    /// <summary>The columns that enter the graph.</summary>
    public IReadOnlyList<ColumnRows> Inputs { get; }

    /// <summary>The model's scores, row by row.</summary>
    public float[] Scores { get; }

    /// <summary>Unit of each score of a row.</summary>
    public IReadOnlyList<float> Units { get; }

    /// <summary>Index of the class that the model predicts, from 0; -1 for none. Empty if the task has no classes.</summary>
    public long[] Decisions { get; }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Reads the first rows.</summary>
    /// <param name="views">The user's rows before the first step and behind every step.</param>
    /// <param name="graphInputs">Columns that enter the graph.</param>
    /// <param name="after">The rows with scores.</param>
    /// <param name="head">The score columns.</param>
    /// <param name="limit">Most rows.</param>
    /// <exception cref="OnnxParityException">There are no rows, or they come in another order when read again.</exception>
    public static SampleRows Read(IReadOnlyList<IDataView> views, IReadOnlyList<GraphInput> graphInputs, IDataView after, PredictionHead head, int limit)
    {
        var (inputs, ids) = GraphInput.Read(views, graphInputs, limit);
        var scores = new List<float>();
        var decisions = new List<long>();
        List<DataViewRowId> idsAfter;
        using (var cursor = after.GetRowCursor([.. head.Columns.Select(column => after.Schema[column.Name])]))
        {
            var (takeScores, decision) = (ScoreReader.Create(cursor, after.Schema[head.ScoreColumnName]), head.CreateDecisionGetter(cursor));
            idsAfter = GraphInput.ReadIds(cursor, limit, () =>
            {
                takeScores(scores);
                if (decision is not null)
                {
                    decisions.Add(decision());
                }
            });
        }

        if (idsAfter.Count == 0)
        {
            throw new OnnxParityException("There are no sample rows to check the ONNX model with. Give at least one row like those that will be scored.", null);
        }

        return ids.All(idsAfter.SequenceEqual)
            ? new SampleRows(inputs, [.. scores], head.ScoreUnits, [.. decisions], idsAfter.Count)
            : throw new OnnxParityException("The sample rows come in another order or number when they are read again, so they cannot be compared. Cache them first (ml.Data.Cache).", null);
    }
}
