namespace MLNetUnlearning.Verification;

/// <summary>KLoM over a set of rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Models">Number of models on each side (N); values at different N cannot be compared.</param>
/// <param name="Mean">Mean over the rows.</param>
/// <param name="P95">95th percentile over the rows, interpolated linearly: the number that the literature reports.</param>
public sealed record KlomSummary(int Rows, int Models, double Mean, double P95)
{
    /// <summary>Rules of the histograms; values under different rules cannot be compared. Default <see cref="KlomVariant.Corrected"/>.</summary>
    public KlomVariant Variant { get; init; }

    /// <summary>Where <see cref="Mean"/> may lie given that the models were drawn at random; null if it was not asked for.</summary>
    public ConfidenceInterval? MeanInterval { get; init; }

    /// <summary>Where <see cref="P95"/> may lie given that the models were drawn at random; null if it was not asked for.</summary>
    public ConfidenceInterval? P95Interval { get; init; }

    /// <summary>Summarises the divergences of rows.</summary>
    public static KlomSummary Of(IReadOnlyCollection<double> perRow, int models)
    {
        double[] sorted = [.. perRow.Order()];
        return new KlomSummary(sorted.Length, models, sorted.Average(), Percentile.OfSorted(sorted, 0.95));
    }

    /// <summary><see cref="P95"/> as a multiple of a floor's.</summary>
    /// <param name="floor">Held-out oracles against oracles, at the same number of models and by the same rules.</param>
    /// <exception cref="ArgumentException">The floor belongs to another number of models or other rules.</exception>
    public double TimesFloor(KlomSummary floor)
    {
        if (floor.Models != Models || floor.Variant != Variant)
        {
            throw new ArgumentException(
                $"KLoM at N = {Models} models by the rules '{Variant}' cannot be compared with a floor at N = {floor.Models} by '{floor.Variant}'. Measure both on as many models, by the same rules.", nameof(floor));
        }

        return P95 / floor.P95;
    }
}
