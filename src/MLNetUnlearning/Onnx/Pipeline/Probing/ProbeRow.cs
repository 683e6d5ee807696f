using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>A row of chosen values.</summary>
/// <typeparam name="T">Type of the elements of the filled columns.</typeparam>
internal sealed class ProbeRow<T> : DataViewRow
{
    private readonly Dictionary<int, ProbeBlock> blocks;
    private long position = -1;

    /// <param name="schema">Columns of the row.</param>
    /// <param name="columns">Those that are filled.</param>
    public ProbeRow(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        Schema = schema;
        var list = new List<ProbeBlock>();
        foreach (var column in columns)
        {
            list.Add(new ProbeBlock(column.Name, column.Index, list.Sum(block => block.Width), ColumnShape.Of(column).Width));
        }

        Blocks = list;
        blocks = list.ToDictionary(block => block.Index);
        Values = new T[list.Sum(block => block.Width)];
    }

    /// <summary>The filled columns.</summary>
    public IReadOnlyList<ProbeBlock> Blocks { get; }

    /// <summary>Values of the filled columns, one column after the other.</summary>
    public T[] Values { get; }

    public override DataViewSchema Schema { get; }

    public override long Position => position;

    public override long Batch => 0;

    /// <summary>Becomes another row. To be called after every change of <see cref="Values"/>, because steps remember rows by their position.</summary>
    public void MoveNext() => position++;

    public override bool IsColumnActive(DataViewSchema.Column column) => blocks.ContainsKey(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)position, 0);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var block = blocks[column.Index];
        Delegate getter = typeof(TValue) == typeof(VBuffer<T>) ? (ValueGetter<VBuffer<T>>)GetVector : (ValueGetter<T>)GetScalar;
        return (ValueGetter<TValue>)getter;

        void GetScalar(ref T value) => value = Values[block.First];

        void GetVector(ref VBuffer<T> value)
        {
            var editor = VBufferEditor.Create(ref value, block.Width);
            Values.AsSpan(block.First, block.Width).CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
