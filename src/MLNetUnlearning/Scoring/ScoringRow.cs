using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Scores the row that its input is on, when a score is asked for. Prediction engines use it, and cursors over columns that cannot be buffered.</summary>
internal sealed class ScoringRow : DataViewRow
{
    private readonly AddedColumns schema;
    private readonly DataViewRow input;
    private readonly bool[] active;
    private readonly Batch? batch;
    private long scored = -1;

    /// <param name="model">Computes the added columns.</param>
    /// <param name="input">Row of the input; taken over.</param>
    /// <param name="columns">Active columns of the output.</param>
    public ScoringRow(IBatchModel model, DataViewRow input, IReadOnlyList<DataViewSchema.Column> columns)
    {
        this.input = input;
        schema = model.Columns;
        active = ActiveColumns.Of(schema.Output, columns);
        batch = schema.NeedsScores(columns) ? model.CreateBatch(input, ActiveColumns.Added(schema, active), BatchShape.SingleRow) : null;
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

        return column.Index < schema.InputColumns
            ? input.GetGetter<TValue>(schema.Input[column.Index])
            : Getters.Cast<TValue>(batch!.Getter(column.Index - schema.InputColumns, Scored), column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            batch?.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Scored()
    {
        if (scored != input.Position || scored < 0)
        {
            batch!.Read(0);
            batch.Compute(0, 1);
            scored = input.Position;
        }

        return 0;
    }
}
