using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Reads scores, which are a vector for some tasks and a number for others.</summary>
internal static class ScoreReader
{
    /// <summary>Whether a column can hold scores.</summary>
    public static bool Supports(DataViewType type) => type.RawType == typeof(float) || (type is VectorDataViewType && type.RawType == typeof(VBuffer<float>));

    /// <summary>Creates an action that appends the scores of the current row to a list.</summary>
    /// <param name="row">Row or cursor to read.</param>
    /// <param name="column">A column that <see cref="Supports"/> accepts.</param>
    public static Action<List<float>> Create(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType)
        {
            var vector = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> buffer = default;
            return scores =>
            {
                vector(ref buffer);
                scores.AddRange(buffer.DenseValues());
            };
        }

        var number = row.GetGetter<float>(column);
        float value = 0;
        return scores =>
        {
            number(ref value);
            scores.Add(value);
        };
    }
}
