using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Writes the step from the index of a class to the value of its label.</summary>
internal static class LabelNodes
{
    private const string KeyValues = "KeyValues";

    /// <summary>Whether the values behind a key column have a type that ONNX knows: text, numbers or Booleans.</summary>
    public static bool IsSupported(DataViewSchema.Column label) => ItemType(label) is TextDataViewType or NumberDataViewType or BooleanDataViewType;

    /// <summary>Appends the values of the label as output [batch].</summary>
    /// <param name="builder">The graph.</param>
    /// <param name="output">Name of the output.</param>
    /// <param name="index">Index of the class, int64 [batch].</param>
    /// <param name="label">The key column, of a supported type.</param>
    public static void Append(OnnxGraphBuilder builder, string output, string index, DataViewSchema.Column label)
    {
        var item = ItemType(label)!.RawType;
        if (item == typeof(ReadOnlyMemory<char>))
        {
            string texts = builder.AddConstant("labels", [.. Values<ReadOnlyMemory<char>>(label).Select(text => text.ToString())]);
            AddOutput(builder, output, texts, index, Proto.TensorProto.Types.DataType.String);
            return;
        }

        Action append = item == typeof(float) ? Number<float>
            : item == typeof(double) ? Number<double>
            : item == typeof(bool) ? Number<bool>
            : item == typeof(sbyte) ? Number<sbyte>
            : item == typeof(byte) ? Number<byte>
            : item == typeof(short) ? Number<short>
            : item == typeof(ushort) ? Number<ushort>
            : item == typeof(int) ? Number<int>
            : item == typeof(uint) ? Number<uint>
            : item == typeof(long) ? Number<long>
            : Number<ulong>;
        append();

        void Number<T>() where T : unmanaged
        {
            var type = ColumnShape.TypeOf(typeof(T));
            T[] values = Values<T>(label);
            AddOutput(builder, output, builder.AddConstant<T>("labels", type, values, values.Length), index, type);
        }
    }

    private static void AddOutput(OnnxGraphBuilder builder, string output, string values, string index, Proto.TensorProto.Types.DataType type) =>
        builder.AddOutput(output, builder.AddNode("Gather", "label", [values, index], OnnxAttribute.Int("axis", 0)), type);

    private static PrimitiveDataViewType? ItemType(DataViewSchema.Column label) => (label.Annotations.Schema.GetColumnOrNull(KeyValues)?.Type as VectorDataViewType)?.ItemType;

    private static T[] Values<T>(DataViewSchema.Column label)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return [.. values.DenseValues()];
    }
}
