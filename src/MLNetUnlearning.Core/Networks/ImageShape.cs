namespace MLNetUnlearning.Networks;

/// <summary>The shape of an image that a feature vector holds plane by plane (channel, row, column), as ML.NET's <c>ExtractPixels</c> writes it.</summary>
/// <param name="Channels">Number of planes, at least 1.</param>
/// <param name="Height">Rows in pixels, at least 1.</param>
/// <param name="Width">Columns in pixels, at least 1.</param>
public sealed record ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Length of the feature vector: channels x height x width.</summary>
    public int Size => checked(Channels * Height * Width);

    /// <summary>The shape as channels x height x width, e.g. <c>3x32x32</c>.</summary>
    public override string ToString() => $"{Channels}x{Height}x{Width}";
}
