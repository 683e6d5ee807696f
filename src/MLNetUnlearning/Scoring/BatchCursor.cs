using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>
/// Scores rows in batches: reads up to a batch of rows with every active column, runs the model once, then serves them. One pass over the source, and no memory is
/// allocated row by row.
/// </summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    private readonly AddedColumns schema;
    private readonly DataViewRowCursor source;
    private readonly Batch batch;
    private readonly ColumnBuffer[] buffers;
    private readonly ColumnBuffer?[] passing;
    private readonly bool[] active;
    private readonly ValueGetter<DataViewRowId> ids;
    private readonly DataViewRowId[] rowIds;
    private readonly long[] batches;
    private long position = -1;
    private int current = -1;
    private int count;
    private bool ended;

    /// <param name="model">Computes the added columns.</param>
    /// <param name="source">Cursor over the input; taken over. Its type of every active column supports buffering.</param>
    /// <param name="columns">Active columns of the output.</param>
    /// <param name="capacity">Rows of a batch.</param>
    public BatchCursor(IBatchModel model, DataViewRowCursor source, IReadOnlyList<DataViewSchema.Column> columns, int capacity)
    {
        this.source = source;
        schema = model.Columns;
        ids = source.GetIdGetter();
        rowIds = new DataViewRowId[capacity];
        batches = new long[capacity];
        active = ActiveColumns.Of(schema.Output, columns);
        passing = new ColumnBuffer?[schema.InputColumns];
        for (int i = 0; i < passing.Length; i++)
        {
            passing[i] = active[i] ? ColumnBuffer.Create(source, schema.Input[i], capacity) : null;
        }

        buffers = [.. passing.OfType<ColumnBuffer>()];
        batch = model.CreateBatch(source, ActiveColumns.Added(schema, active), capacity);
    }

    public override long Position => position;

    public override long Batch => current < 0 ? source.Batch : batches[current];

    public override DataViewSchema Schema => schema.Output;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!active[column.Index])
        {
            throw Getters.Inactive(column);
        }

        var getter = column.Index < schema.InputColumns ? passing[column.Index]!.Getter(Current) : batch.Getter(column.Index - schema.InputColumns, Current);
        return Getters.Cast<TValue>(getter, column);
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = rowIds[Current()];

    public override bool MoveNext()
    {
        if (!ended && ++current >= count)
        {
            Fill();
            current = 0;
            ended = count == 0;
        }

        if (ended)
        {
            current = -1;
            position = -1;
            return false;
        }

        position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            ended = true;
            current = -1;
            position = -1;
            batch.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        count = 0;
        while (count < rowIds.Length && source.MoveNext())
        {
            foreach (var buffer in buffers)
            {
                buffer.Store(count);
            }

            batch.Read(count);
            ids(ref rowIds[count]);
            batches[count] = source.Batch;
            count++;
        }

        if (count > 0)
        {
            batch.Compute(count);
        }
    }

    private int Current() => current >= 0 ? current : throw new InvalidOperationException("The cursor is not on a row.");
}
