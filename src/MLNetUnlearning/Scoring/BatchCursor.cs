using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>
/// Scores rows in blocks: reads up to a block of rows with every active column, runs the network once, then serves them. One pass over the source, and about
/// twenty times faster for small networks than row by row.
/// </summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    /// <summary>Rows in a block.</summary>
    public const int Capacity = 256;

    private readonly ScoringSchema schema;
    private readonly DataViewRowCursor source;
    private readonly ColumnBuffer?[] buffers;
    private readonly bool[] active;
    private readonly ScoreRows scores;
    private readonly ValueGetter<VBuffer<float>> features;
    private readonly ValueGetter<DataViewRowId> ids;
    private readonly DataViewRowId[] rowIds = new DataViewRowId[Capacity];
    private readonly long[] batches = new long[Capacity];
    private VBuffer<float> row;
    private long position = -1;
    private int current = -1;
    private int count;
    private bool ended;

    /// <param name="schema">Columns.</param>
    /// <param name="source">Cursor over the input; taken over. Its type of every active column supports buffering.</param>
    /// <param name="columns">Active columns of the output.</param>
    /// <param name="scorer">Computes the scores.</param>
    public BatchCursor(ScoringSchema schema, DataViewRowCursor source, IReadOnlyList<DataViewSchema.Column> columns, Scorer scorer)
    {
        this.schema = schema;
        this.source = source;
        scores = new ScoreRows(scorer, Capacity);
        features = source.GetGetter<VBuffer<float>>(schema.Features);
        ids = source.GetIdGetter();
        active = new bool[schema.Output.Count];
        buffers = new ColumnBuffer?[schema.InputColumns];
        foreach (var column in columns)
        {
            active[column.Index] = true;
            if (column.Index < schema.InputColumns)
            {
                buffers[column.Index] ??= ColumnBuffer.Create(source, schema.Input[column.Index], Capacity);
            }
        }
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

        Delegate getter = column.Index < schema.InputColumns ? buffers[column.Index]!.Getter(Current)
            : column.Index == schema.Score ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => scores.GetScore(Current(), ref value))
            : (ValueGetter<uint>)((ref uint value) => value = scores.PredictedKey(Current()));
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
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill()
    {
        count = 0;
        while (count < Capacity && source.MoveNext())
        {
            foreach (var buffer in buffers)
            {
                buffer?.Store(count);
            }

            features(ref row);
            scores.SetFeatures(count, row);
            ids(ref rowIds[count]);
            batches[count] = source.Batch;
            count++;
        }

        if (count > 0)
        {
            scores.Compute(count);
        }
    }

    private int Current() => current >= 0 ? current : throw new InvalidOperationException("The cursor is not on a row.");
}
