using MLNetUnlearning.Onnx.Pipeline.Probing;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>ResizeImages where every pixel is one of the pixels before, or a margin. ML.NET takes the nearest when it fills the size with the whole picture; with margins, or where it cuts, it mixes pixels.</summary>
internal sealed class ResizeImagesConverter : IStepConverter
{
    public string Step => "Microsoft.ML.Transforms.Image.ImageResizingTransformer";

    public bool CanAppend(MadeColumn made) => ImageColumn.HasSize(made.OnlySource) && PixelMap.Find(made) is not null;

    public OnnxColumn Append(StepContext context)
    {
        var map = PixelMap.Find(context.Made) ?? throw context.Made.Unsupported("it mixes pixels by rules that ONNX has not; the exported model begins behind it, with the pixels as input");
        var source = context.OnlySource();
        long pixels = map.Sources.Count;
        string value = context.Reshape(source.Value, 0, source.Width / ImageColumn.Channels, ImageColumn.Channels);
        value = context.Node("Gather", "nearest", [value, context.Constant("sources", (ReadOnlySpan<long>)[.. map.Sources.Select(index => Math.Max(index, 0))], pixels)], OnnxAttribute.Int("axis", 1));
        if (map.Sources.Any(index => index < 0))
        {
            string inside = context.Constant("inside", (ReadOnlySpan<bool>)[.. map.Sources.Select(index => index >= 0)], pixels, 1);
            value = context.Node("Where", "padded", [inside, value, context.Constant("margin", (ReadOnlySpan<byte>)[.. map.Margin], ImageColumn.Channels)]);
        }

        int size = checked((int)pixels * ImageColumn.Channels);
        return new OnnxColumn(context.Reshape(value, 0, size), TensorProto.Types.DataType.Uint8, size);
    }
}
