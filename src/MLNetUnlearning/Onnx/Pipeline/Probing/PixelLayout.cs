using System.Globalization;

namespace MLNetUnlearning.Onnx.Pipeline.Probing;

/// <summary>What a step that extracts pixels does with the bytes of a picture.</summary>
/// <param name="Channels">Which bytes of a pixel it takes, in its order: 0 red, 1 green, 2 blue, 3 alpha.</param>
/// <param name="IsInterleaved">Whether the bytes of a pixel follow each other; otherwise all pixels' first byte comes first, then the second.</param>
/// <param name="Scale">Factor on a byte.</param>
/// <param name="Shift">What is added then.</param>
internal sealed record PixelLayout(IReadOnlyList<long> Channels, bool IsInterleaved, float Scale, float Shift)
{
    /// <summary>Finds out by sending pictures through the step in which one byte is 255 and all others are 0.</summary>
    /// <exception cref="UnsupportedOnnxExportException">The step does something else.</exception>
    public static PixelLayout Find(MadeColumn made) => made.Shape.Item == typeof(byte) ? Find<byte>(made) : Find<float>(made);

    private static PixelLayout Find<T>(MadeColumn made)
    {
        using var probe = new ImageProbe<T>(made);
        double[] Run(int at) => [.. probe.Run(at).Select(value => Convert.ToDouble(value, CultureInfo.InvariantCulture))];
        double[] dark = Run(-1);
        int Changed(double[] bright)
        {
            int[] slots = [.. Enumerable.Range(0, dark.Length).Where(slot => bright[slot] != dark[slot])];
            return slots.Length <= 1 ? slots.FirstOrDefault(-1) : throw made.Unsupported("a byte of its picture changes more than one of its values");
        }

        double[][] bright = [.. Enumerable.Range(0, ImageColumn.Channels).Select(Run)];
        int[] slots = [.. bright.Select(Changed)];
        long[] channels = [.. Enumerable.Range(0, ImageColumn.Channels).Where(channel => slots[channel] >= 0).OrderBy(channel => slots[channel])];
        if (channels.Length == 0)
        {
            throw made.Unsupported("its values do not depend on the picture");
        }

        int first = slots[channels[0]];
        bool isInterleaved = probe.Pixels == 1 || Changed(Run(ImageColumn.Channels + (int)channels[0])) - first == channels.Length;
        // Behind rounding to single precision, the difference of two values of a step is the best there is to learn of its scale.
        double scale = (bright[channels[0]][first] - dark[first]) / byte.MaxValue;
        return new(channels, isInterleaved, (float)scale, (float)dark[first]);
    }
}
