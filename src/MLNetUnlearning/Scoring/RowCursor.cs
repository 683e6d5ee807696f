using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>A cursor that scores row by row, or not at all where no score is asked for.</summary>
/// <param name="source">Cursor over the input; taken over.</param>
/// <param name="row">The scored view of the source's current row; taken over.</param>
internal sealed class RowCursor(DataViewRowCursor source, ScoringRow row) : DataViewRowCursor
{
    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override DataViewSchema Schema => row.Schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override bool MoveNext() => source.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            row.Dispose();
        }

        base.Dispose(disposing);
    }
}
