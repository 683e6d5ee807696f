namespace MLNetUnlearning.Attribution.Features;

/// <summary>What stored features were made from. Two files with one manifest hold the same bits.</summary>
/// <param name="Network">Description of the network, as JSON.</param>
/// <param name="Inputs">Number of input features.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Kind">What the gradients are of.</param>
/// <param name="ProjectionSize">Dimensions kept on each side of a layer's gradient.</param>
/// <param name="Seed">Fixes the projections.</param>
/// <param name="WeightsChecksum">SHA-256 of the weights, hexadecimal.</param>
/// <param name="RowCount">Number of rows.</param>
/// <param name="RowIdsChecksum">SHA-256 of the row ids, hexadecimal.</param>
/// <param name="BlockRows">
/// Rows that are computed together. The last bits of a row depend on its neighbours in a matrix product, so blocks of this size start at fixed rows, whatever the batch size.
/// </param>
/// <param name="Size">Stored values per row.</param>
internal sealed record FeatureManifest(
    string Network,
    int Inputs,
    int Classes,
    FeatureKind Kind,
    int ProjectionSize,
    ulong Seed,
    string WeightsChecksum,
    int RowCount,
    string RowIdsChecksum,
    int BlockRows,
    int Size)
{
    /// <summary>The first setting in which another manifest differs, with both values in words; null if there is none.</summary>
    public string? DifferenceTo(FeatureManifest other)
    {
        (string Name, object Own, object Other)[] settings =
        [
            (nameof(Network), Network, other.Network),
            (nameof(Inputs), Inputs, other.Inputs),
            (nameof(Classes), Classes, other.Classes),
            (nameof(Kind), Kind, other.Kind),
            (nameof(ProjectionSize), ProjectionSize, other.ProjectionSize),
            (nameof(Seed), Seed, other.Seed),
            (nameof(WeightsChecksum), WeightsChecksum, other.WeightsChecksum),
            (nameof(RowCount), RowCount, other.RowCount),
            (nameof(RowIdsChecksum), RowIdsChecksum, other.RowIdsChecksum),
            (nameof(BlockRows), BlockRows, other.BlockRows),
            (nameof(Size), Size, other.Size),
        ];
        foreach (var (name, own, theirs) in settings)
        {
            if (!own.Equals(theirs))
            {
                return $"{name} is {own} there and {theirs} here";
            }
        }

        return null;
    }

    /// <summary>Throws if a number is out of range, as it can be in a damaged file.</summary>
    /// <exception cref="InvalidDataException">Names the number.</exception>
    public void Validate()
    {
        foreach (var (name, value) in new[] { (nameof(RowCount), RowCount), (nameof(BlockRows), BlockRows), (nameof(Size), Size) })
        {
            if (value < 1)
            {
                throw new InvalidDataException($"{name} of a feature file must be at least 1, not {value}.");
            }
        }
    }
}
