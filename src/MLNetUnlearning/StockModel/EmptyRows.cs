using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.StockModel;

/// <summary>A data view without rows, from which steps take their column types.</summary>
internal sealed class EmptyRows : IDataView
{
    /// <param name="features">Name of the column of features.</param>
    /// <param name="size">Number of features.</param>
    /// <param name="score">Type of a column <c>Score</c>; null if there is none.</param>
    public EmptyRows(string features, int size, DataViewType? score)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(features, new VectorDataViewType(NumberDataViewType.Single, size));
        if (score is not null && features != "Score")
        {
            builder.AddColumn("Score", score);
        }

        Schema = builder.ToSchema();
    }

    /// <param name="schema">The columns.</param>
    public EmptyRows(DataViewSchema schema) => Schema = schema;

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(Schema);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [new Cursor(Schema)];

    private sealed class Cursor(DataViewSchema schema) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => -1;

        public override long Batch => 0;

        public override bool MoveNext() => false;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ref TValue _) => throw NoRow();

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId _) => throw NoRow();

        private static InvalidOperationException NoRow() => new("There is no row to read.");
    }
}
