using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Rows of pictures, as bytes red, green, blue, alpha.</summary>
/// <param name="column">The column.</param>
internal sealed class ImageRows(DataViewSchema.Column column) : ColumnRows
{
    private readonly (int Height, int Width) size = ImageColumn.SizeOf(column);
    private readonly List<byte> bytes = [];
    private Action read = () => { };

    public override void Bind(DataViewRow row)
    {
        var getter = row.GetGetter<MLImage>(column);
        MLImage? image = null;
        read = () =>
        {
            getter(ref image!);
            if (image is null || image.Height != size.Height || image.Width != size.Width)
            {
                throw new OnnxParityException($"A sample row has no picture of {size.Height} x {size.Width} pixels in column '{column.Name}', so it cannot be compared. Give sample rows with pictures.", null);
            }

            bytes.AddRange(Rgba(image));
        };
    }

    public override void Take() => read();

    public override OrtValue ToValue()
    {
        long pixels = (long)size.Height * size.Width * ImageColumn.Channels;
        return OrtValue.CreateTensorValueFromMemory(bytes.ToArray(), [bytes.Count / pixels, size.Height, size.Width, ImageColumn.Channels]);
    }

    public override string? FirstDifference(OrtValue value)
    {
        var actual = value.GetTensorDataAsSpan<byte>();
        int same = actual.CommonPrefixLength(bytes.ToArray());
        int pixels = size.Height * size.Width * ImageColumn.Channels;
        return same == bytes.Count && same == actual.Length ? null : string.Create(
            CultureInfo.InvariantCulture, $"row {(same / pixels) + 1}, byte {same % pixels}: {(same < actual.Length ? actual[same] : -1)} instead of {(same < bytes.Count ? bytes[same] : -1)}");
    }

    /// <summary>A picture's bytes in the order of the graph's input.</summary>
    internal static byte[] Rgba(MLImage image)
    {
        byte[] pixels = image.Pixels.ToArray();
        if (image.PixelFormat == MLPixelFormat.Bgra32)
        {
            for (int i = 0; i < pixels.Length; i += ImageColumn.Channels)
            {
                (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
            }
        }

        return image.PixelFormat is MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32
            ? pixels
            : throw new OnnxParityException($"A sample picture has pixels of format {image.PixelFormat}, which is neither Rgba32 nor Bgra32.", null);
    }
}
