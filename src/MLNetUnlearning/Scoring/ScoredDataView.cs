using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>A data view with predictions added; nothing is computed before a cursor reads it.</summary>
/// <param name="schema">Columns.</param>
/// <param name="source">The rows to score.</param>
/// <param name="scorer">Computes the scores.</param>
internal sealed class ScoredDataView(ScoringSchema schema, IDataView source, Scorer scorer) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => schema.Output;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return Wrap(source.GetRowCursor(schema.Dependencies(columns), rand), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return [.. source.GetRowCursorSet(schema.Dependencies(columns), n, rand).Select(cursor => Wrap(cursor, columns))];
    }

    private DataViewRowCursor Wrap(DataViewRowCursor cursor, DataViewSchema.Column[] columns) =>
        schema.NeedsScores(columns) && columns.All(column => ColumnBuffer.Supports(column.Type))
            ? new BatchCursor(schema, cursor, columns, scorer)
            : new RowCursor(cursor, new ScoringRow(schema, cursor, columns, scorer));
}
