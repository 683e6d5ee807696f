using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Writes what follows the two logits, no and yes, of a binary classifier.</summary>
internal static class BinaryNodes
{
    /// <summary>Log odds of yes, float32 [batch].</summary>
    public static string AppendScore(OnnxGraphBuilder builder, string logits)
    {
        string Logit(string hint, long position) =>
            builder.AddNode("Gather", hint, [logits, builder.AddConstant<long>("position", TensorProto.Types.DataType.Int64, [position])], OnnxAttribute.Int("axis", 1));

        return builder.AddNode("Sub", "odds", [Logit("yes", 1), Logit("no", 0)]);
    }

    /// <summary>Probability of yes, float32 [batch].</summary>
    public static string AppendProbability(OnnxGraphBuilder builder, string score) => builder.AddNode("Sigmoid", "probability", [score]);

    /// <summary>Whether yes is more probable, Boolean [batch].</summary>
    public static string AppendDecision(OnnxGraphBuilder builder, string score) =>
        builder.AddNode("Greater", "decision", [score, builder.AddConstant<float>("zero", TensorProto.Types.DataType.Float, [0f])]);
}
