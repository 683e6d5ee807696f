using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>A data view with a model's columns added; nothing is computed before a cursor reads it.</summary>
/// <param name="model">Computes the added columns.</param>
/// <param name="source">The rows to score.</param>
internal sealed class ScoredDataView(IBatchModel model, IDataView source) : IDataView
{
    private readonly AddedColumns schema = model.Columns;

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
        schema.NeedsScores(columns) && columns.All(column => column.Index >= schema.InputColumns || ColumnBuffer.Supports(column.Type))
            ? new BatchCursor(model, cursor, columns, (int)Math.Clamp(source.GetRowCount() ?? model.BatchSize, 1, model.BatchSize))
            : new RowCursor(cursor, new ScoringRow(model, cursor, columns));
}
