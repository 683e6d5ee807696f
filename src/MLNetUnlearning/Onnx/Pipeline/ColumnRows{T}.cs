using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Rows of a column whose elements have one type.</summary>
/// <typeparam name="T">Text, a number or Boolean.</typeparam>
internal abstract class ColumnRows<T>(DataViewSchema.Column column, ColumnShape shape) : ColumnRows
{
    private Action read = () => { };

    /// <summary>The rows taken, slot by slot.</summary>
    protected List<T> Values { get; } = [];

    /// <summary>Number of rows and slots.</summary>
    protected long[] Dimensions => [Values.Count / shape.Width, shape.Width];

    public override void Bind(DataViewRow row)
    {
        if (column.Type is VectorDataViewType)
        {
            var getter = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> buffer = default;
            read = () =>
            {
                getter(ref buffer);
                Values.AddRange(buffer.DenseValues().Select(Keep));
            };
        }
        else
        {
            var getter = row.GetGetter<T>(column);
            T value = default!;
            read = () =>
            {
                getter(ref value);
                Values.Add(Keep(value));
            };
        }
    }

    public override void Take() => read();

    /// <summary>A value that outlives the cursor's row.</summary>
    protected abstract T Keep(T value);

    /// <summary>The first value that is not the same.</summary>
    protected string? First<TActual>(ReadOnlySpan<TActual> actual, Func<T, TActual, bool> same)
    {
        if (actual.Length != Values.Count)
        {
            return $"{actual.Length} values instead of {Values.Count}";
        }

        for (int i = 0; i < actual.Length; i++)
        {
            if (!same(Values[i], actual[i]))
            {
                return string.Create(CultureInfo.InvariantCulture, $"row {i / shape.Width + 1}, slot {i % shape.Width}: {actual[i]} instead of {Values[i]}");
            }
        }

        return null;
    }
}
