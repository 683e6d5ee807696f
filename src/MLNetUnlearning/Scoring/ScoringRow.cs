using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Scores the row that its input is on, when a score is asked for. Prediction engines use it, and cursors over columns that cannot be buffered.</summary>
internal sealed class ScoringRow : DataViewRow
{
    private readonly ScoringSchema schema;
    private readonly DataViewRow input;
    private readonly bool[] active;
    private readonly ScoreRows? scores;
    private readonly ValueGetter<VBuffer<float>>? features;
    private VBuffer<float> row;
    private long scored = -1;

    /// <param name="schema">Columns.</param>
    /// <param name="input">Row of the input; taken over.</param>
    /// <param name="columns">Active columns of the output.</param>
    /// <param name="scorer">Computes the scores.</param>
    public ScoringRow(ScoringSchema schema, DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns, Scorer scorer)
    {
        this.schema = schema;
        this.input = input;
        active = new bool[schema.Output.Count];
        foreach (var column in columns)
        {
            active[column.Index] = true;
        }

        if (schema.NeedsScores(columns))
        {
            scores = new ScoreRows(scorer, 1);
            features = input.GetGetter<VBuffer<float>>(schema.Features);
        }
    }

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override DataViewSchema Schema => schema.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!active[column.Index])
        {
            throw Getters.Inactive(column);
        }

        if (column.Index < schema.InputColumns)
        {
            return input.GetGetter<TValue>(schema.Input[column.Index]);
        }

        Delegate getter = column.Index == schema.Score
            ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Scored().GetScore(0, ref value))
            : (ValueGetter<uint>)((ref uint value) => value = Scored().PredictedKey(0));
        return Getters.Cast<TValue>(getter, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private ScoreRows Scored()
    {
        if (scored != input.Position || scored < 0)
        {
            features!(ref row);
            scores!.SetFeatures(0, row);
            scores.Compute(1);
            scored = input.Position;
        }

        return scores!;
    }
}
