namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <c>ml.Unlearning.PredictForgotten</c>.</summary>
public sealed class PredictForgottenOptions
{
    /// <summary>Factor on the predicted change, above 0. Default 1.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>Column that receives the predicted scores, of the type of the model's scores. Default <c>PredictedScore</c>.</summary>
    public string PredictedScoreColumnName { get; set; } = "PredictedScore";

    /// <summary>Column that receives the lower ends of the 90 % intervals, of the same type; NaN where attribution has no variance. Default <c>PredictedScoreLower</c>.</summary>
    public string LowerColumnName { get; set; } = "PredictedScoreLower";

    /// <summary>Column that receives the upper ends. Default <c>PredictedScoreUpper</c>.</summary>
    public string UpperColumnName { get; set; } = "PredictedScoreUpper";

    /// <summary>
    /// Rows that are predicted at once, at least 1. The request is solved for once, when the estimator is fitted. Default null: as many as have 32 MiB of features, from 4,096 to 16,384.
    /// </summary>
    public int? BatchSize { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize ?? 1, 1, nameof(BatchSize));
        if (!(Multiplier > 0 && double.IsFinite(Multiplier)))
        {
            throw new ArgumentOutOfRangeException(nameof(Multiplier), Multiplier, "Multiplier must be above 0.");
        }

        string[] names = [PredictedScoreColumnName, LowerColumnName, UpperColumnName];
        foreach (string name in names)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
        }

        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length)
        {
            throw new ArgumentException("Predicted scores and the two ends of their intervals need a column each; two of the names are equal.");
        }
    }

    /// <summary>Rows that are predicted at once.</summary>
    /// <param name="features">Number of features.</param>
    internal int RowsAtOnce(int features) => BatchSize ?? Math.Clamp((32 << 20) / sizeof(float) / Math.Max(1, features), 4096, 16_384);

    internal PredictForgottenOptions Clone() => (PredictForgottenOptions)MemberwiseClone();
}
