using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Rows of an array as a data view with one column of features, at the cost of a copy a row: what is timed is the scorer, not where rows come from.</summary>
internal sealed class ArrayRows : IDataView
{
    private readonly float[] values;
    private readonly int width;

    public ArrayRows(float[] values, int width)
    {
        this.values = values;
        this.width = width;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, width));
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => values.Length / width;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [new Cursor(this)];

    private sealed class Cursor(ArrayRows rows) : DataViewRowCursor
    {
        private int position = -1;

        public override DataViewSchema Schema => rows.Schema;

        public override long Position => position;

        public override long Batch => 0;

        public override bool MoveNext() => ++position < rows.values.Length / rows.width;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ValueGetter<TValue>)(object)(ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var editor = VBufferEditor.Create(ref value, rows.width);
            rows.values.AsSpan(position * rows.width, rows.width).CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}
