namespace MLNetUnlearning.Verification;

/// <summary>KLoM over a set of rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Models">Number of models on each side (N); values at different N cannot be compared.</param>
/// <param name="Mean">Mean over the rows.</param>
/// <param name="P95">95th percentile over the rows, interpolated linearly: the number that the literature reports.</param>
public sealed record KlomSummary(int Rows, int Models, double Mean, double P95)
{
    /// <summary>Summarises the divergences of rows.</summary>
    public static KlomSummary Of(IReadOnlyCollection<double> perRow, int models)
    {
        double[] sorted = [.. perRow.Order()];
        double at = 0.95 * (sorted.Length - 1);
        int below = (int)at;
        double p95 = sorted[below] + (at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]);
        return new KlomSummary(sorted.Length, models, sorted.Average(), p95);
    }
}
