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

    /// <summary>Converts a value to another type.</summary>
    public static string AppendCast(OnnxGraphBuilder builder, string value, TensorProto.Types.DataType type) =>
        builder.AddNode("Cast", "cast", [value], OnnxAttribute.Int("to", (long)type));
}
