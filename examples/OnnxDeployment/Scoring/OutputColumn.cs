using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>Writes one output column to JSON, row by row.</summary>
internal sealed class OutputColumn(ModelColumn column, Action<Utf8JsonWriter, int> writeElement)
{
    private readonly JsonEncodedText name = JsonEncodedText.Encode(column.Name);

    /// <summary>A writer for an output of the model.</summary>
    /// <exception cref="NotSupportedException">JSON has no form for this type.</exception>
    public static OutputColumn Create(ModelColumn column, OrtValue value) => new(column, column.Type switch
    {
        TensorElementType.Float => Elements<float>(value, WriteSingle),
        TensorElementType.Double => Elements<double>(value, WriteDouble),
        TensorElementType.Bool => Elements<bool>(value, (json, flag) => json.WriteBooleanValue(flag)),
        TensorElementType.Int8 => Elements<sbyte>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.UInt8 => Elements<byte>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.Int16 => Elements<short>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.UInt16 => Elements<ushort>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.Int32 => Elements<int>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.UInt32 => Elements<uint>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.Int64 => Elements<long>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.UInt64 => Elements<ulong>(value, (json, number) => json.WriteNumberValue(number)),
        TensorElementType.String => Texts(value),
        var type => throw new NotSupportedException($"output '{column.Name}' is of type {type}, which cannot be written in JSON."),
    });

    /// <summary>Writes the value of a row as a member of the current object.</summary>
    public void Write(Utf8JsonWriter json, int row)
    {
        json.WritePropertyName(name);
        if (column.IsScalar)
        {
            writeElement(json, row);
            return;
        }

        json.WriteStartArray();
        for (int i = 0; i < column.Width; i++)
        {
            writeElement(json, row * column.Width + i);
        }

        json.WriteEndArray();
    }

    // JSON has no number that is not finite: null, as for missing inputs.
    private static void WriteSingle(Utf8JsonWriter json, float number)
    {
        if (float.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteDouble(Utf8JsonWriter json, double number)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static Action<Utf8JsonWriter, int> Elements<T>(OrtValue value, Action<Utf8JsonWriter, T> write) where T : unmanaged =>
        (json, index) => write(json, value.GetTensorDataAsSpan<T>()[index]);

    private static Action<Utf8JsonWriter, int> Texts(OrtValue value)
    {
        string[] texts = value.GetStringTensorAsArray();
        return (json, index) => json.WriteStringValue(texts[index]);
    }
}
