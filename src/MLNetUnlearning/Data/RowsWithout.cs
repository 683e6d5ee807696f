using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Data;

/// <summary>A data view without the rows of some ids.</summary>
/// <param name="source">All rows.</param>
/// <param name="rowId">Its column of row ids.</param>
/// <param name="without">Ids of the rows to leave out.</param>
internal sealed class RowsWithout(IDataView source, DataViewSchema.Column rowId, IReadOnlySet<long> without) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return new Cursor(source.GetRowCursor(columns.Append(rowId), rand), columns, rowId, without);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return [.. source.GetRowCursorSet(columns.Append(rowId), n, rand).Select(cursor => new Cursor(cursor, columns, rowId, without))];
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly DataViewRowCursor source;
        private readonly IReadOnlySet<long> without;
        private readonly HashSet<int> active;
        private readonly Func<long> id;
        private long position = -1;

        public Cursor(DataViewRowCursor source, IEnumerable<DataViewSchema.Column> columns, DataViewSchema.Column rowId, IReadOnlySet<long> without)
        {
            this.source = source;
            this.without = without;
            active = [.. columns.Select(column => column.Index)];
            id = RowIdReader.Create(source, rowId);
        }

        public override long Position => position;

        public override long Batch => source.Batch;

        public override DataViewSchema Schema => source.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override bool MoveNext()
        {
            while (source.MoveNext())
            {
                if (!without.Contains(id()))
                {
                    position++;
                    return true;
                }
            }

            position = -1;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
