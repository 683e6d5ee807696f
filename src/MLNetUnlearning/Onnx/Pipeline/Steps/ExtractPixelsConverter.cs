using MLNetUnlearning.Onnx.Pipeline.Probing;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>ExtractPixels: some of the bytes of each pixel, pixel by pixel or channel by channel, less an offset and times a scale.</summary>
internal sealed class ExtractPixelsConverter : IStepConverter
{
    public string Step => "Microsoft.ML.Transforms.Image.ImagePixelExtractingTransformer";

    public OnnxColumn Append(StepContext context)
    {
        var found = PixelLayout.Find(context.Made);
        var source = context.OnlySource();
        long pixels = source.Width / ImageColumn.Channels, channels = found.Channels.Count;
        string value = context.Reshape(source.Value, 0, pixels, ImageColumn.Channels);
        value = context.Node("Gather", "channels", [value, context.Constant("order", (ReadOnlySpan<long>)found.Channels.ToArray(), channels)], OnnxAttribute.Int("axis", 2));
        value = found.IsInterleaved ? value : context.Node("Transpose", "planes", [value], OnnxAttribute.Ints("perm", 0, 2, 1));
        value = context.Reshape(value, 0, pixels * channels);
        if (context.Made.Shape.Type == TensorProto.Types.DataType.Uint8)
        {
            return context.Column(value);
        }

        value = context.Cast(value, TensorProto.Types.DataType.Float);
        value = found.Scale == 1 ? value : context.Node("Mul", "scaled", [value, context.Constant("scale", (ReadOnlySpan<float>)[found.Scale], 1)]);
        value = found.Shift == 0 ? value : context.Node("Add", "shifted", [value, context.Constant("shift", (ReadOnlySpan<float>)[found.Shift], 1)]);
        return context.Column(value);
    }
}
