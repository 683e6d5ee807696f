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
        string values = ItemTypes.Visit(item, new Values(builder, label));
        builder.AddOutput(output, builder.AddNode("Gather", "label", [values, index], OnnxAttribute.Int("axis", 0)), ColumnShape.TypeOf(item));
    }

    private static PrimitiveDataViewType? ItemType(DataViewSchema.Column label) => (label.Annotations.Schema.GetColumnOrNull(KeyValues)?.Type as VectorDataViewType)?.ItemType;

    private sealed class Values(OnnxGraphBuilder builder, DataViewSchema.Column label) : ItemTypes.IVisitor<string>
    {
        string ItemTypes.IVisitor<string>.Visit<T>()
        {
            VBuffer<T> values = default;
            label.GetKeyValues(ref values);
            return Constants.Append(builder, "labels", [.. values.DenseValues()]);
        }
    }
}
