using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Writes ML.NET's ConvertType.</summary>
internal static class ConversionNodes
{
    public static OnnxColumn Append(OnnxGraphBuilder builder, MadeColumn made, OnnxColumn source)
    {
        var type = ColumnShape.Of(made.Column).Type;
        return type is TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Double
            ? source with { Value = ClassifierNodes.AppendCast(builder, source.Value, type), Type = type }
            : throw new UnsupportedOnnxExportException(
                made.Column.Name, "ConvertType", $"Column '{made.Column.Name}' is converted to {made.Column.Type}; only conversions to Single and Double can be written as ONNX.");
    }
}
