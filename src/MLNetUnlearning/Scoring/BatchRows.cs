namespace MLNetUnlearning.Scoring;

/// <summary>How many rows a model is run on at once.</summary>
internal static class BatchRows
{
    /// <summary>Bytes of inputs that still stay in a core's cache beside weights and activations.</summary>
    private const long Bytes = 128 << 10;

    /// <summary>Fewer rows waste time on calls, more hold memory and gain nothing.</summary>
    public const int Fewest = 8, Most = 256;

    /// <summary>The number of rows where the caller named none.</summary>
    /// <param name="rowBytes">Bytes of the model's inputs in a row.</param>
    public static int Default(long rowBytes) => (int)Math.Clamp(Bytes / Math.Max(1, rowBytes), Fewest, Most);
}
