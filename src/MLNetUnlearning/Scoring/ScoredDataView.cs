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
        return Wrap(source.GetRowCursor(schema.Dependencies(columns), rand), columns, 1);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        var cursors = source.GetRowCursorSet(schema.Dependencies(columns), n, rand);
        return [.. cursors.Select(cursor => Wrap(cursor, columns, cursors.Length))];
    }

    private DataViewRowCursor Wrap(DataViewRowCursor cursor, DataViewSchema.Column[] columns, int cursors)
    {
        if (!schema.NeedsScores(columns) || !columns.All(column => column.Index >= schema.InputColumns || ColumnBuffer.Supports(column.Type)))
        {
            return new RowCursor(cursor, new ScoringRow(model, cursor, columns));
        }

        int workers = Math.Max(1, model.Workers / cursors);
        return new BatchCursor(model, cursor, columns, Shape(workers), workers);
    }

    private BatchShape Shape(int workers)
    {
        // While each worker scores one batch, one is served, one read, and the others wait, so that no worker does.
        int parts = workers == 1 ? 1 : 2 * workers;
        long count = source.GetRowCount() ?? long.MaxValue;
        int rows = (int)Math.Clamp(count, 1, model.BatchSize);
        return new BatchShape(rows, (int)Math.Clamp((count - 1) / rows + 1, 1, parts));
    }
}
