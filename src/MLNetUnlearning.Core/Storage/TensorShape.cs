using static TorchSharp.torch;

namespace MLNetUnlearning.Storage;

/// <summary>Type and sizes that a stored tensor must have.</summary>
/// <param name="Type">Float32 or Float64.</param>
/// <param name="Sizes">Its sizes.</param>
internal sealed record TensorShape(ScalarType Type, IReadOnlyList<long> Sizes)
{
    /// <summary>A tensor of float32.</summary>
    public static TensorShape Single(params long[] sizes) => new(ScalarType.Float32, sizes);

    /// <summary>A tensor of float64.</summary>
    public static TensorShape Double(params long[] sizes) => new(ScalarType.Float64, sizes);

    /// <summary>Bytes of its values.</summary>
    public long Bytes => Sizes.Aggregate(Type == ScalarType.Float64 ? 8L : 4L, (product, size) => checked(product * size));

    /// <inheritdoc/>
    public override string ToString() => $"{Type} [{string.Join(", ", Sizes)}]";
}
