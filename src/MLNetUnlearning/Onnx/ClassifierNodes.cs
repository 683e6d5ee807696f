using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Writes what follows the logits of a classifier.</summary>
internal static class ClassifierNodes
{
    /// <summary>Class probabilities, float32 [batch, classes].</summary>
    public static string AppendScores(OnnxGraphBuilder builder, string logits) => builder.AddNode("Softmax", "probabilities", [logits], OnnxAttribute.Int("axis", 1));

    /// <summary>Position of the largest score, int64 [batch]; the first of equal ones.</summary>
    public static string AppendIndex(OnnxGraphBuilder builder, string scores) =>
        builder.AddNode("ArgMax", "index", [scores], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("keepdims", 0));

    /// <summary>
    /// Declares [1, size] numbers as an output [size]. ML.NET scores one row at a time; with a batch axis its column would be a vector [1, size], which its own models do not give.
    /// </summary>
    public static void AddRow(OnnxGraphBuilder builder, string output, string values, long size)
    {
        string shape = builder.AddConstant<long>("row.shape", TensorProto.Types.DataType.Int64, [size], 1);
        builder.AddRowOutput(output, builder.AddNode("Reshape", "row", [values, shape]), TensorProto.Types.DataType.Float, size);
    }

    /// <summary>Converts a value to another type.</summary>
    public static string AppendCast(OnnxGraphBuilder builder, string value, TensorProto.Types.DataType type) =>
        builder.AddNode("Cast", "cast", [value], OnnxAttribute.Int("to", (long)type));
}
