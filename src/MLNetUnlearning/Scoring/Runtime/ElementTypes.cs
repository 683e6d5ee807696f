using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Translates ONNX's element types.</summary>
internal static class ElementTypes
{
    private static readonly Dictionary<TensorElementType, PrimitiveDataViewType> Types = new()
    {
        [TensorElementType.Float] = NumberDataViewType.Single,
        [TensorElementType.Double] = NumberDataViewType.Double,
        [TensorElementType.Bool] = BooleanDataViewType.Instance,
        [TensorElementType.Int8] = NumberDataViewType.SByte,
        [TensorElementType.UInt8] = NumberDataViewType.Byte,
        [TensorElementType.Int16] = NumberDataViewType.Int16,
        [TensorElementType.UInt16] = NumberDataViewType.UInt16,
        [TensorElementType.Int32] = NumberDataViewType.Int32,
        [TensorElementType.UInt32] = NumberDataViewType.UInt32,
        [TensorElementType.Int64] = NumberDataViewType.Int64,
        [TensorElementType.UInt64] = NumberDataViewType.UInt64,
        [TensorElementType.String] = TextDataViewType.Instance,
    };

    /// <summary>ML.NET's type of an element.</summary>
    /// <param name="type">ONNX's.</param>
    /// <param name="what">Input or output, for the message.</param>
    /// <exception cref="NotSupportedException">ML.NET has no such type.</exception>
    public static PrimitiveDataViewType Of(TensorElementType type, string what) => Types.TryGetValue(type, out var found)
        ? found
        : throw new NotSupportedException($"{what} of the ONNX model holds elements of type {type}, for which ML.NET has no column type. Convert it to float in the model.");
}
