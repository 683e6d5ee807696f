using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>A buffer of values of one type.</summary>
/// <param name="tensor">The input or output.</param>
/// <param name="values">The values, row by row.</param>
internal abstract class TypedBuffer<T>(OnnxTensor tensor, T[] values) : TensorBuffer(tensor)
{
    private readonly int width = tensor.Width;

    /// <summary>The values, row by row.</summary>
    public T[] Values => values;

    public override void Clear() => Array.Clear(values);

    public override Action<int> CreateReader(DataViewRow source, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var scalar = source.GetGetter<T>(column);
            return slot => scalar(ref values[slot]);
        }

        var vector = source.GetGetter<VBuffer<T>>(column);
        VBuffer<T> row = default;
        return slot =>
        {
            vector(ref row);
            if (row.Length != width)
            {
                throw new InvalidOperationException($"A row of column '{column.Name}' has {row.Length} values, but the column declares {width}.");
            }

            row.CopyTo(values.AsSpan(slot * width, width));
        };
    }

    public override Delegate CreateGetter(bool asVector, Func<int> slot)
    {
        if (Tensor.IsScalar && !asVector)
        {
            return (ValueGetter<T>)((ref T value) => value = values[slot()]);
        }

        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            var editor = VBufferEditor.Create(ref value, width);
            values.AsSpan(slot() * width, width).CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}
