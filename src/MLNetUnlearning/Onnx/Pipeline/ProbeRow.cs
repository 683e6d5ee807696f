using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A row whose slots hold the numbers 1, 2, 3, ... so that they can be told apart behind a step that moves them.</summary>
/// <typeparam name="T">Type of the slots.</typeparam>
internal sealed class ProbeRow<T> : DataViewRow where T : unmanaged, INumber<T>
{
    private readonly Dictionary<int, (int First, int Width)> numbers = [];

    /// <param name="schema">Columns of the row.</param>
    /// <param name="columns">Those that are filled.</param>
    public ProbeRow(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        Schema = schema;
        var blocks = new List<(string, int, int)>();
        int next = 1;
        foreach (var column in columns)
        {
            int width = ColumnShape.Of(column).Width;
            numbers[column.Index] = (next, width);
            blocks.Add((column.Name, next, width));
            next += width;
        }

        Blocks = blocks;
    }

    /// <summary>The filled columns with the number in their first slot and their width.</summary>
    public IReadOnlyList<(string Name, int First, int Width)> Blocks { get; }

    public override DataViewSchema Schema { get; }

    public override long Position => 0;

    public override long Batch => 0;

    public override bool IsColumnActive(DataViewSchema.Column column) => numbers.ContainsKey(column.Index);

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = default;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var (first, width) = numbers[column.Index];
        Delegate getter = typeof(TValue) == typeof(VBuffer<T>) ? (ValueGetter<VBuffer<T>>)GetVector : (ValueGetter<T>)GetScalar;
        return (ValueGetter<TValue>)getter;

        void GetScalar(ref T value) => value = T.CreateChecked(first);

        void GetVector(ref VBuffer<T> value)
        {
            var editor = VBufferEditor.Create(ref value, width);
            for (int i = 0; i < width; i++)
            {
                editor.Values[i] = T.CreateChecked(first + i);
            }

            value = editor.Commit();
        }
    }
}
