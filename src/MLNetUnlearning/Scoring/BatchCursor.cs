using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>
/// Scores rows in batches: reads up to a batch of rows with every active column, runs the model once, then serves them. With several workers later batches are read and scored meanwhile. One pass over
/// the source, on the reader's thread; rows and failures come in the order of the source; no memory is allocated row by row.
/// </summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    private readonly AddedColumns schema;
    private readonly DataViewRowCursor source;
    private readonly Batch batch;
    private readonly BatchWorkers workers;
    private readonly Queue<BatchPart> free, submitted;
    private readonly int rowsOfPart;
    private readonly ColumnBuffer[] buffers;
    private readonly ColumnBuffer?[] passing;
    private readonly bool[] active;
    private readonly ValueGetter<DataViewRowId> ids;
    private readonly DataViewRowId[] rowIds;
    private readonly long[] batches;
    private long position = -1;
    private int slot = -1, end;
    private int ahead = 1;
    private BatchPart? current;
    private bool sourceEnded, ended, disposed;

    /// <param name="model">Computes the added columns.</param>
    /// <param name="source">Cursor over the input; taken over. Its type of every active column supports buffering.</param>
    /// <param name="columns">Active columns of the output.</param>
    /// <param name="shape">Rows of a batch, and batches that are held at once.</param>
    /// <param name="workers">Most threads that run the model, the reader's among them.</param>
    public BatchCursor(IBatchModel model, DataViewRowCursor source, IReadOnlyList<DataViewSchema.Column> columns, BatchShape shape, int workers)
    {
        this.source = source;
        this.workers = new BatchWorkers(workers);
        schema = model.Columns;
        ids = source.GetIdGetter();
        rowsOfPart = shape.Rows;
        rowIds = new DataViewRowId[shape.Slots];
        batches = new long[shape.Slots];
        active = ActiveColumns.Of(schema.Output, columns);
        passing = new ColumnBuffer?[schema.InputColumns];
        for (int i = 0; i < passing.Length; i++)
        {
            passing[i] = active[i] ? ColumnBuffer.Create(source, schema.Input[i], shape.Slots) : null;
        }

        buffers = [.. passing.OfType<ColumnBuffer>()];
        batch = model.CreateBatch(source, ActiveColumns.Added(schema, active), shape);
        free = new Queue<BatchPart>(Enumerable.Range(0, shape.Parts).Select(part => new BatchPart(batch, part * shape.Rows)));
        submitted = new Queue<BatchPart>(shape.Parts);
    }

    public override long Position => position;

    public override long Batch => slot < 0 ? source.Batch : batches[slot];

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
        if (ended)
        {
            return false;
        }

        if (slot + 1 < end)
        {
            slot++;
            position++;
            return true;
        }

        slot = -1;
        if (!NextPart())
        {
            ended = true;
            position = -1;
            return false;
        }

        position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !disposed)
        {
            disposed = ended = true;
            slot = -1;
            position = -1;
            workers.Stop(submitted);
            foreach (var part in free.Concat(submitted))
            {
                part.Dispose();
            }

            current?.Dispose();
            batch.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Steps to the first row of the next part, if there is one.</summary>
    private bool NextPart()
    {
        // After a failure the part stays the current one, so that every further step fails alike.
        current?.ThrowIfFailed();
        if (current is not null)
        {
            free.Enqueue(current);
            current = null;
            end = 0;
        }

        while (!sourceEnded && submitted.Count < ahead)
        {
            Fill(free.Dequeue());
        }

        if (!submitted.TryDequeue(out current))
        {
            return false;
        }

        // Whoever wants a few rows only pays for one batch; a longer read gets ahead quickly.
        ahead = Math.Min(2 * ahead, free.Count + submitted.Count + 1);
        workers.Finish(current);
        current.ThrowIfFailed();
        (slot, end) = (current.First, current.First + current.Rows);
        return true;
    }

    private void Fill(BatchPart part)
    {
        int rows = 0;
        ExceptionDispatchInfo? failure = null;
        try
        {
            while (rows < rowsOfPart && source.MoveNext())
            {
                Read(part.First + rows);
                rows++;
            }
        }
        catch (Exception e)
        {
            // Rows before these are still to be served.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        sourceEnded = failure is not null || rows < rowsOfPart;
        if (rows == 0 && failure is null)
        {
            free.Enqueue(part);
            return;
        }

        part.Refill(rows, failure);
        submitted.Enqueue(part);
        if (ahead == 1)
        {
            // The reader needs it next: by the time that another thread was awake, it would be half done.
            part.Run();
        }
        else
        {
            workers.Submit(part);
        }
    }

    private void Read(int into)
    {
        foreach (var buffer in buffers)
        {
            buffer.Store(into);
        }

        batch.Read(into);
        ids(ref rowIds[into]);
        batches[into] = source.Batch;
    }

    private int Current() => slot >= 0 ? slot : throw new InvalidOperationException("The cursor is not on a row.");
}
