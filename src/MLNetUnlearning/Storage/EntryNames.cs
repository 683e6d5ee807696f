namespace MLNetUnlearning.Storage;

/// <summary>Names of our entries in a model file. All other entries are ML.NET's.</summary>
internal static class EntryNames
{
    public const string Manifest = "Unlearning/manifest.json";
    public const string ManifestChecksum = "Unlearning/manifest.sha256";
    public const string Weights = "Unlearning/weights.bin";
    public const string RowIds = "Unlearning/rows.bin";
    public const string Plans = "Unlearning/plans.bin";
    public const string Bank = "Unlearning/bank.bin";
    public const string Attribution = "Unlearning/attribution.bin";

    /// <summary>Weights of the bank after an epoch.</summary>
    public static string Checkpoint(int epoch) => FormattableString.Invariant($"Unlearning/bank-{epoch}.bin");
}
