namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <c>ml.Unlearning.Attribute</c>.</summary>
public sealed class AttributionOptions
{
    /// <summary>How many training rows are named on each side, raising and lowering; from 1 to 10,000. Default 10. With fewer training rows, all of them.</summary>
    public int TopK { get; set; } = 10;

    /// <summary>
    /// The method that scores single rows: its options' type chooses it, and it is fitted on the model's bank when the estimator is. Default null: the attribution that the model was trained with. Gauss-Newton (projected), unrolled influence, calibration, the
    /// Gaussian process, TRAK, regression datamodels and the exact kernel can score single rows; the others are refused.
    /// </summary>
    public IAttributorOptions? Attribution { get; set; }

    /// <summary>Column that receives the row ids, a vector of Int64 of twice <see cref="TopK"/>. Default <c>InfluentialRowIds</c>.</summary>
    public string InfluentialRowIdsColumnName { get; set; } = "InfluentialRowIds";

    /// <summary>Column that receives the scores, a vector of Single of the same size. Default <c>InfluenceScores</c>.</summary>
    public string InfluenceScoresColumnName { get; set; } = "InfluenceScores";

    /// <summary>The output that influence on values is about, from 0. Default 0. Ignored for classes, where it is about the margin of the predicted one.</summary>
    public int Output { get; set; }

    /// <summary>
    /// Memory, in bytes and at least 0, for what is computed once when the estimator is fitted: a matrix for each model of the bank, then the gradients of all training rows in each, as many as there is room for. Scoring passes over all
    /// training rows again with each model whose gradients are not held. Default 256 MiB.
    /// </summary>
    public long MaxCacheBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Rows that are scored at once, at least 1; memory is this many times the number of training rows, for each worker. Default null: as many as make that 64 MiB, from 64 to 4,096.
    /// </summary>
    public int? BatchSize { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(TopK, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TopK, 10_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize ?? 1, 1, nameof(BatchSize));
        ArgumentOutOfRangeException.ThrowIfNegative(Output);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxCacheBytes);
        ArgumentException.ThrowIfNullOrEmpty(InfluentialRowIdsColumnName);
        ArgumentException.ThrowIfNullOrEmpty(InfluenceScoresColumnName);
        Attribution?.Validate();
        if (InfluentialRowIdsColumnName == InfluenceScoresColumnName)
        {
            throw new ArgumentException($"Column '{InfluenceScoresColumnName}' is named for two purposes; row ids and scores need a column each.");
        }
    }

    /// <summary>Rows that are scored at once.</summary>
    /// <param name="trainingRows">Number of training rows.</param>
    internal int RowsAtOnce(int trainingRows) => BatchSize ?? Math.Clamp((64 << 20) / sizeof(float) / Math.Max(1, trainingRows), 64, 4096);

    internal AttributionOptions Clone() => (AttributionOptions)MemberwiseClone();
}
