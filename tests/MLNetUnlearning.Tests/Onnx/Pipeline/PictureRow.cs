using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>A made-up picture of 6 x 5 pixels whose brightness and colour depend on its kind, with noise in all channels.</summary>
internal sealed class PictureRow
{
    public const int Height = 6, Width = 5;

    public string Kind { get; set; } = "";

    public byte[] Bytes { get; set; } = [];

    /// <summary>File that holds the picture, for those that are loaded.</summary>
    public string Path { get; set; } = "";

    /// <summary>Made anew for every reader, because steps dispose of the pictures that they read.</summary>
    [ImageType(Height, Width)]
    public MLImage Picture
    {
        get => MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, Bytes);
        set
        {
        }
    }

    /// <summary>Draws pictures of three kinds.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Fixes them.</param>
    public static PictureRow[] Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            byte[] bytes = new byte[Height * Width * 4];
            random.NextBytes(bytes);
            for (int pixel = 0; pixel < Height * Width; pixel++)
            {
                // Red, green or blue is bright; colours stay below alpha, as in pictures whose colours are multiplied by it.
                int alpha = 200 + (bytes[(4 * pixel) + 3] % 56);
                bytes[(4 * pixel) + 3] = (byte)alpha;
                for (int channel = 0; channel < 3; channel++)
                {
                    bytes[(4 * pixel) + channel] = (byte)((bytes[(4 * pixel) + channel] % 120) + (channel == i % 3 ? 80 : 0));
                }
            }

            return new PictureRow { Kind = "rgb"[i % 3].ToString(), Bytes = bytes };
        })];
    }
}
