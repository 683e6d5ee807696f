using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNetUnlearning.StockModel;

/// <summary>Maps the index of a class to the key of its label.</summary>
internal static class LabelStep
{
    private const string KeyValues = "KeyValues";

    /// <summary>Creates the step.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="label">Annotations with the label's <c>KeyValues</c>, if it has any.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="index">Column of indexes, Single, from 0.</param>
    /// <param name="value">Helper column that the step may write.</param>
    /// <param name="key">Column of keys to write.</param>
    /// <exception cref="ArgumentException">The number of key values is not that of the classes, or their type has no key mapping.</exception>
    public static IEstimator<ITransformer> Create(MLContext ml, DataViewSchema.Annotations label, int classes, string index, string value, string key)
    {
        if (label.Schema.GetColumnOrNull(KeyValues)?.Type is not VectorDataViewType type)
        {
            // Unsigned numbers are taken for the keys themselves, which start at 1.
            return ml.Transforms.Conversion.MapValue(key, Enumerable.Range(0, classes).Select(i => KeyValuePair.Create((float)i, (uint)i + 1)), index, treatValuesAsKeyType: true);
        }

        var item = type.ItemType.RawType;
        return item == typeof(ReadOnlyMemory<char>) ? Typed<ReadOnlyMemory<char>>()
            : item == typeof(bool) ? Typed<bool>()
            : item == typeof(float) ? Typed<float>()
            : item == typeof(double) ? Typed<double>()
            : item == typeof(sbyte) ? Typed<sbyte>()
            : item == typeof(byte) ? Typed<byte>()
            : item == typeof(short) ? Typed<short>()
            : item == typeof(ushort) ? Typed<ushort>()
            : item == typeof(int) ? Typed<int>()
            : item == typeof(uint) ? Typed<uint>()
            : item == typeof(long) ? Typed<long>()
            : item == typeof(ulong) ? Typed<ulong>()
            : item == typeof(DateTime) ? Typed<DateTime>()
            : item == typeof(DateTimeOffset) ? Typed<DateTimeOffset>()
            : item == typeof(TimeSpan) ? Typed<TimeSpan>()
            : throw new ArgumentException($"Labels of type {type.ItemType} cannot be saved in a stock model. Map them to text before MapValueToKey.", nameof(label));

        EstimatorChain<ValueToKeyMappingTransformer> Typed<T>() => Map<T>(ml, label, classes, index, value, key);
    }

    // In two steps, because MapValue in one would take unsigned values for the keys themselves.
    private static EstimatorChain<ValueToKeyMappingTransformer> Map<T>(MLContext ml, DataViewSchema.Annotations label, int classes, string index, string value, string key)
    {
        VBuffer<T> buffer = default;
        label.GetValue(KeyValues, ref buffer);
        T[] values = [.. buffer.DenseValues()];
        if (values.Length != classes)
        {
            throw new ArgumentException($"The label has {values.Length} key values, but the network has {classes} classes.", nameof(label));
        }

        var keys = ml.Data.LoadFromEnumerable(values.Select(item => new Item<T> { Value = item }));
        return ml.Transforms.Conversion.MapValue(value, values.Select((item, i) => KeyValuePair.Create((float)i, item)), index)
            .Append(ml.Transforms.Conversion.MapValueToKey(key, value, keyData: keys));
    }

    private sealed class Item<T>
    {
        public T Value { get; set; } = default!;
    }
}
