using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>Reads the values that a step made keys of.</summary>
internal static class Vocabulary
{
    private const string KeyValues = "KeyValues";

    /// <summary>The values in the order of their keys. Each is sent through the step, because the annotation may hold them as text.</summary>
    /// <typeparam name="T">Type of the values: text or a number.</typeparam>
    /// <exception cref="UnsupportedOnnxExportException">The column has no key values, or others than the step knows.</exception>
    public static T[] Read<T>(MadeColumn made)
    {
        var type = (made.Column.Annotations.Schema.GetColumnOrNull(KeyValues)?.Type as VectorDataViewType)?.ItemType;
        T[] values = type?.RawType == typeof(T) ? Annotation<T>(made)
            : type is TextDataViewType ? [.. Annotation<ReadOnlyMemory<char>>(made).Select(text => Parse<T>(made, text.ToString()))]
            : throw made.Unsupported("it has no vocabulary (KeyValues annotation): no row had a value when the step was fitted, or its keys stand for nothing");
        using var probe = made.Probe<T, uint>();
        for (int i = 0; i < values.Length; i++)
        {
            T value = values[i];
            if (probe.Run(_ => value)[0] != i + 1)
            {
                throw made.Unsupported($"its vocabulary shows '{value}' as value {i + 1}, which the step does not map there");
            }
        }

        return values;
    }

    private static T[] Annotation<T>(MadeColumn made)
    {
        VBuffer<T> values = default;
        made.Column.GetKeyValues(ref values);
        return [.. values.DenseValues()];
    }

    private static T Parse<T>(MadeColumn made, string text)
    {
        try
        {
            return (T)Convert.ChangeType(text, typeof(T), CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw made.Unsupported($"its vocabulary holds '{text}', which is no {typeof(T).Name}");
        }
    }
}
