using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>MapKeyToVector: comparison with every key. Indicators of a vector's slots stand side by side; bags are their sum.</summary>
internal sealed class MapKeyToVectorConverter : IStepConverter
{
    public string Step => typeof(KeyToVectorMappingTransformer).FullName!;

    public OnnxColumn Append(StepContext context)
    {
        var (keys, width) = (context.Made.OnlySourceShape, context.Made.Shape.Width);
        long count = checked((long)keys.KeyCount);
        long[] all = new long[count];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = i + 1;
        }

        var source = context.OnlySource();
        string slots = keys.Width == 1 ? source.Value : context.Reshape(source.Value, 0, keys.Width, 1);
        string equal = context.Cast(context.Node("Equal", "equal", [slots, context.Constant<long>("keys", all, count)]), TensorProto.Types.DataType.Float);
        return context.Column(
            keys.Width == 1 ? equal
            : width == count ? context.Builder.AddReduceSum($"{context.Name}.bag", equal, axis: 1)
            : context.Reshape(equal, 0, width));
    }
}
