using System.Buffers.Binary;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>Which pixel of a picture a step puts where.</summary>
/// <param name="Sources">For each pixel behind the step its position before it, row by row; -1 for a margin.</param>
/// <param name="Margin">Bytes red, green, blue, alpha of a margin.</param>
internal sealed record PixelMap(IReadOnlyList<long> Sources, IReadOnlyList<byte> Margin)
{
    /// <summary>Alpha, in the last of four bytes: pictures are opaque, so that no colour is multiplied by it.</summary>
    private const uint Opaque = 0xFF000000;

    /// <summary>Odd factors that spread the numbers of pixels over all colours, each in its own way: a mean of two colours is then the colour of no pixel, or not of the same one.</summary>
    private const uint FirstSpread = 0x9E3779, SecondSpread = 0xC2B2AF;

    /// <summary>Finds out by sending two pictures whose pixels have a colour each.</summary>
    /// <returns>Null if the step mixes pixels, or the pictures have more pixels than there are colours.</returns>
    public static PixelMap? Find(MadeColumn made)
    {
        var source = new ProbePicture(made.Before, made.OnlySource);
        if (source.Pixels >= (int)~Opaque)
        {
            return null;
        }

        using var row = made.Mapper.GetRow(source, [made.Output]);
        var getter = row.GetGetter<MLImage>(made.Output);
        long[] first = Run(source, getter, FirstSpread, out uint[] colours), second = Run(source, getter, SecondSpread, out uint[] others);
        uint margin = colours.Where((_, pixel) => first[pixel] < 0).FirstOrDefault();
        bool isMap = Enumerable.Range(0, first.Length).All(pixel => first[pixel] == second[pixel] && (first[pixel] >= 0 || (colours[pixel] == margin && others[pixel] == margin)));
        byte[] bytes = new byte[ImageColumn.Channels];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, margin);
        return isMap ? new(first, bytes) : null;
    }

    /// <summary>Sends a picture.</summary>
    /// <returns>For each pixel behind the step the one before it that has its colour; -1 for none.</returns>
    private static long[] Run(ProbePicture source, ValueGetter<MLImage> getter, uint spread, out uint[] colours)
    {
        byte[] bytes = new byte[source.Pixels * ImageColumn.Channels];
        var pixels = new Dictionary<uint, long>();
        for (int pixel = 0; pixel < source.Pixels; pixel++)
        {
            uint colour = Opaque | ((uint)(pixel + 1) * spread & ~Opaque);
            pixels.Add(colour, pixel);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(pixel * ImageColumn.Channels), colour);
        }

        source.MoveNext(bytes);
        MLImage? image = null;
        getter(ref image!);
        byte[] result = ImageRows.Rgba(image);
        uint[] seen = [.. Enumerable.Range(0, result.Length / ImageColumn.Channels).Select(pixel => BinaryPrimitives.ReadUInt32LittleEndian(result.AsSpan(pixel * ImageColumn.Channels)))];
        colours = seen;
        return [.. seen.Select(colour => pixels.GetValueOrDefault(colour, -1))];
    }
}
