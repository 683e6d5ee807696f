using Microsoft.ML.Transforms;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>MapKeyToBinaryVector: a table with the bits of every key's position, highest bit first; a missing key has all bits set.</summary>
internal sealed class MapKeyToBinaryVectorConverter : IStepConverter
{
    public string Step => typeof(KeyToBinaryVectorMappingTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        var keys = context.Made.OnlySourceShape;
        int bits = context.Made.Shape.Width / keys.Width;
        float[] table = new float[checked((long)(keys.KeyCount + 1) * bits)];
        for (int i = 0; i < table.Length; i++)
        {
            // The key before the first is the missing one, whose position -1 has every bit set.
            uint position = unchecked((uint)(i / bits - 1));
            table[i] = position >> (bits - 1 - i % bits) & 1;
        }

        var source = context.OnlySource();
        string rows = context.Node("Gather", "bits", [context.Constant<float>("table", table, (long)keys.KeyCount + 1, bits), source.Value], OnnxAttribute.Int("axis", 0));
        return context.Column(context.Reshape(rows, 0, context.Made.Shape.Width));
    }
}
