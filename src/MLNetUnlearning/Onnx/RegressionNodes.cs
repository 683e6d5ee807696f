using MLNetUnlearning.Data;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Writes what follows the outputs of a regression.</summary>
internal static class RegressionNodes
{
    /// <summary>Values in the unit of the labels, float32 [batch, outputs].</summary>
    public static string AppendScores(OnnxGraphBuilder builder, string outputs, LabelScaling scaling)
    {
        if (scaling.IsIdentity)
        {
            return outputs;
        }

        string Constant(string hint, IReadOnlyList<float> values) => builder.AddConstant<float>(hint, TensorProto.Types.DataType.Float, values.ToArray(), values.Count);
        string scaled = builder.AddNode("Mul", "scaled", [outputs, Constant("deviation", scaling.Deviations)]);
        return builder.AddNode("Add", "values", [scaled, Constant("mean", scaling.Means)]);
    }

    /// <summary>Declares values as an output: [batch, size], or [batch] without a size.</summary>
    public static void AddOutput(OnnxGraphBuilder builder, string output, string values, int? size)
    {
        if (size is { } width)
        {
            builder.AddOutput(output, values, TensorProto.Types.DataType.Float, width);
            return;
        }

        builder.AddOutput(output, AppendFirst(builder, values), TensorProto.Types.DataType.Float);
    }

    /// <summary>The first of each row's values, float32 [batch].</summary>
    public static string AppendFirst(OnnxGraphBuilder builder, string values) =>
        builder.AddNode("Gather", "value", [values, builder.AddConstant<long>("position", TensorProto.Types.DataType.Int64, [0])], OnnxAttribute.Int("axis", 1));
}
