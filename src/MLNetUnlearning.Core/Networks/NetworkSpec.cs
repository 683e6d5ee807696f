using System.Text.Json;
using MLNetUnlearning.Networks.Operations;

namespace MLNetUnlearning.Networks;

/// <summary>A description of a network that can be written to a file: numbers and one of a fixed set of words, never a type name.</summary>
/// <remarks>Instances are immutable and safe to share between threads.</remarks>
public sealed class NetworkSpec : IEquatable<NetworkSpec>
{
    private const int FormatVersion = 1;
    private const int MaximumWidth = 65_536;
    private const int MaximumDepth = 64;

    private NetworkSpec(NetworkKind kind, IReadOnlyList<int> widths, ImageShape? image)
    {
        Kind = kind;
        Widths = widths;
        Image = image;
        if (widths.Count > MaximumDepth || widths.Any(width => width is < 1 or > MaximumWidth))
        {
            throw new ArgumentException($"A network takes at most {MaximumDepth} layer widths, each from 1 to {MaximumWidth}; got [{string.Join(", ", widths)}].");
        }

        if (image is not null && (image.Channels is < 1 or > 4096 || image.Height is < 1 or > 4096 || image.Width is < 1 or > 4096))
        {
            throw new ArgumentException($"Image sizes must be from 1 to 4096; got {image}.");
        }

        if (image is not null && (long)image.Channels * image.Height * image.Width > int.MaxValue)
        {
            throw new ArgumentException($"An image takes at most {int.MaxValue} pixels over all channels; {image} has more.");
        }
    }

    /// <summary>The family.</summary>
    public NetworkKind Kind { get; }

    /// <summary>Widths of the layers: hidden units of an MLP; planes of the two convolutions and hidden units of a small CNN; base planes of a ResNet-9.</summary>
    public IReadOnlyList<int> Widths { get; }

    /// <summary>Shape of the input image; null for networks on plain vectors.</summary>
    public ImageShape? Image { get; }

    /// <summary>One affine layer: multinomial logistic regression.</summary>
    public static NetworkSpec Linear() => new(NetworkKind.Linear, [], null);

    /// <summary>Affine layers of the given widths with ReLU between them.</summary>
    /// <param name="hidden">Hidden units per layer, from the input on.</param>
    public static NetworkSpec Mlp(params int[] hidden) => new(NetworkKind.Mlp, [.. hidden], null);

    /// <summary>Two 3x3 convolutions with ReLU and 2x2 max pooling, then two affine layers.</summary>
    /// <param name="image">Shape of the input; at least 4x4 pixels.</param>
    /// <param name="firstPlanes">Planes of the first convolution.</param>
    /// <param name="secondPlanes">Planes of the second convolution.</param>
    /// <param name="hidden">Hidden units of the affine layer.</param>
    public static NetworkSpec SmallCnn(ImageShape image, int firstPlanes = 16, int secondPlanes = 32, int hidden = 32) =>
        new(NetworkKind.SmallCnn, [firstPlanes, secondPlanes, hidden], image);

    /// <summary>The nine-layer residual network with batch normalisation that unlearning benchmarks on CIFAR-10 use (torchskeleton's ResNet-9).</summary>
    /// <param name="image">Shape of the input; at least 16x16 pixels.</param>
    /// <param name="planes">Planes of the first convolution; the reference network has 64.</param>
    public static NetworkSpec ResNet9(ImageShape image, int planes = 64) => new(NetworkKind.ResNet9, [planes], image);

    /// <summary>Reads a description written by <see cref="ToJson"/>.</summary>
    /// <exception cref="FormatException">The text is not such a description, or comes from a newer version.</exception>
    public static NetworkSpec Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            int format = root.GetProperty("format").GetInt32();
            if (format != FormatVersion)
            {
                throw new FormatException($"The network description has format {format}; this version reads format {FormatVersion}.");
            }

            string name = root.GetProperty("kind").GetString() ?? "";
            var kind = Enum.GetValues<NetworkKind>().Where(value => Word(value) == name).Select(value => (NetworkKind?)value).SingleOrDefault()
                ?? throw new FormatException($"Unknown kind of network '{name}'.");
            int[] widths = [.. root.GetProperty("widths").EnumerateArray().Select(width => width.GetInt32())];
            ImageShape? image = root.TryGetProperty("image", out var shape) ? ParseImage(shape) : null;
            bool fits = kind switch
            {
                NetworkKind.Linear => widths.Length == 0 && image is null,
                NetworkKind.Mlp => image is null,
                NetworkKind.SmallCnn => widths.Length == 3 && image is not null,
                _ => widths.Length == 1 && image is not null,
            };
            return fits ? new NetworkSpec(kind, widths, image) : throw new FormatException($"A network of kind '{name}' does not have these widths and image shape.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"Not a network description: {e.Message}", e);
        }
    }

    /// <summary>Writes the description as one line of JSON.</summary>
    public string ToJson()
    {
        string image = Image is null ? "" : $",\"image\":[{Image.Channels},{Image.Height},{Image.Width}]";
        return $"{{\"format\":{FormatVersion},\"kind\":\"{Word(Kind)}\",\"widths\":[{string.Join(',', Widths)}]{image}}}";
    }

    /// <summary>Builds the graph for a number of features and outputs.</summary>
    /// <param name="inputSize">Number of features; for image networks channels x height x width.</param>
    /// <param name="outputSize">Number of outputs: a logit per class, at least 2 of them, or values; at least 1.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the description.</exception>
    public NetworkGraph CreateGraph(int inputSize, int outputSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputSize, 1);
        if (Image is not null && Image.Size != inputSize)
        {
            throw new ArgumentException($"Network {this} takes {Image.Size} features ({Image}), but the data has {inputSize}.", nameof(inputSize));
        }

        var builder = new GraphBuilder(this, inputSize);
        switch (Kind)
        {
            case NetworkKind.SmallCnn:
                BuildSmallCnn(builder, outputSize);
                break;
            case NetworkKind.ResNet9:
                ResNet9Layout.Build(builder, Image!, Widths[0], outputSize);
                break;
            default:
                BuildMlp(builder, outputSize);
                break;
        }

        return builder.Build();
    }

    /// <inheritdoc/>
    public bool Equals(NetworkSpec? other) => other is not null && Kind == other.Kind && Image == other.Image && Widths.SequenceEqual(other.Widths);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NetworkSpec);

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    /// <summary>The family and its widths, e.g. <c>mlp(128, 64)</c>.</summary>
    public override string ToString() => $"{Word(Kind)}({string.Join(", ", Widths)})";

    private static string Word(NetworkKind kind) => kind switch
    {
        NetworkKind.Linear => "linear",
        NetworkKind.Mlp => "mlp",
        NetworkKind.SmallCnn => "smallCnn",
        _ => "resNet9",
    };

    private static ImageShape ParseImage(JsonElement shape) =>
        shape.EnumerateArray().Select(size => size.GetInt32()).ToArray() is [var channels, var height, var width]
            ? new ImageShape(channels, height, width)
            : throw new FormatException("An image shape has three numbers: channels, height and width.");

    private void BuildMlp(GraphBuilder builder, int outputSize)
    {
        int x = 0;
        for (int i = 0; i < Widths.Count; i++)
        {
            x = builder.Add($"hidden{i + 1}", new LinearOperation(builder.ShapeOf(x)[0], Widths[i]), x);
            x = builder.Add($"relu{i + 1}", new ReluOperation(), x);
        }

        builder.Add("logits", new LinearOperation(builder.ShapeOf(x)[0], outputSize), x);
    }

    private void BuildSmallCnn(GraphBuilder builder, int outputSize)
    {
        int x = builder.Add("image", new ToImageOperation(Image!), 0);
        for (int i = 1; i <= 2; i++)
        {
            x = builder.Add($"conv{i}", new Conv2dOperation(builder.ShapeOf(x)[0], Widths[i - 1], 3, Padding: 1), x);
            x = builder.Add($"relu{i}", new ReluOperation(), x);
            x = builder.Add($"pool{i}", new MaxPool2dOperation(2), x);
        }

        x = builder.Add("flatten", new FlattenOperation(), x);
        x = builder.Add("hidden", new LinearOperation(builder.ShapeOf(x)[0], Widths[2]), x);
        x = builder.Add("relu3", new ReluOperation(), x);
        builder.Add("logits", new LinearOperation(Widths[2], outputSize), x);
    }
}
