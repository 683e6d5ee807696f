using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OnnxDeployment.Models;

namespace OnnxDeployment.Scoring;

/// <summary>The values of one input column for all rows of a request, from JSON to a tensor.</summary>
internal abstract class ColumnBuffer(ModelColumn column)
{
    /// <summary>The column.</summary>
    public ModelColumn Column => column;

    /// <summary>A buffer of the column's type, filled with zeros or empty texts.</summary>
    /// <exception cref="NotSupportedException">JSON has no form for this type.</exception>
    public static ColumnBuffer Create(ModelColumn column, int rows) => column.Type switch
    {
        TensorElementType.Float => new NumberBuffer<float>(column, rows, JsonNumbers.TryGetSingle),
        TensorElementType.Double => new NumberBuffer<double>(column, rows, JsonNumbers.TryGetDouble),
        TensorElementType.Bool => new NumberBuffer<bool>(column, rows, JsonNumbers.TryGetBoolean),
        TensorElementType.Int8 => new NumberBuffer<sbyte>(column, rows, (JsonElement json, out sbyte value) => json.TryGetSByte(out value)),
        TensorElementType.UInt8 => new NumberBuffer<byte>(column, rows, (JsonElement json, out byte value) => json.TryGetByte(out value)),
        TensorElementType.Int16 => new NumberBuffer<short>(column, rows, (JsonElement json, out short value) => json.TryGetInt16(out value)),
        TensorElementType.UInt16 => new NumberBuffer<ushort>(column, rows, (JsonElement json, out ushort value) => json.TryGetUInt16(out value)),
        TensorElementType.Int32 => new NumberBuffer<int>(column, rows, (JsonElement json, out int value) => json.TryGetInt32(out value)),
        TensorElementType.UInt32 => new NumberBuffer<uint>(column, rows, (JsonElement json, out uint value) => json.TryGetUInt32(out value)),
        TensorElementType.Int64 => new NumberBuffer<long>(column, rows, (JsonElement json, out long value) => json.TryGetInt64(out value)),
        TensorElementType.UInt64 => new NumberBuffer<ulong>(column, rows, (JsonElement json, out ulong value) => json.TryGetUInt64(out value)),
        TensorElementType.String => new TextBuffer(column, rows),
        var type => throw new NotSupportedException($"input '{column.Name}' is of type {type}, which cannot be written in JSON."),
    };

    /// <summary>Takes the value of a row: an array for a vector, else the value itself.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Take(int row, JsonElement json)
    {
        int width = column.Width;
        if (width == 1 && json.ValueKind != JsonValueKind.Array)
        {
            return TakeElement(row, json) ? null : Expected();
        }

        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() != width)
        {
            return $"Must be an array of {width} values.";
        }

        int index = row * width;
        foreach (var element in json.EnumerateArray())
        {
            if (!TakeElement(index++, element))
            {
                return $"Element {index - 1 - row * width} (from 0): {Expected()}";
            }
        }

        return null;
    }

    /// <summary>The values as a tensor [rows] or [rows, width], as the model has it.</summary>
    public abstract OrtValue ToTensor();

    /// <summary>Takes one element; false if it has another type or is out of range.</summary>
    protected abstract bool TakeElement(int index, JsonElement json);

    private string Expected() => column.Type switch
    {
        TensorElementType.String => "Must be a text, or null where it is missing.",
        TensorElementType.Float or TensorElementType.Double => "Must be a number in the range of the type, or null where it is missing.",
        TensorElementType.Bool => "Must be true or false.",
        var type => $"Must be a whole number in the range of {type}.",
    };
}
