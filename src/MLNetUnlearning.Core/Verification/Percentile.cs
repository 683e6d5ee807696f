namespace MLNetUnlearning.Verification;

/// <summary>Percentiles as numpy's default has them.</summary>
internal static class Percentile
{
    /// <summary>Interpolates linearly between the two nearest values.</summary>
    /// <param name="sorted">Ascending, at least one value.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double OfSorted(IReadOnlyList<double> sorted, double share)
    {
        double at = share * (sorted.Count - 1);
        int below = (int)at;
        return sorted[below] + (at - below) * (sorted[Math.Min(below + 1, sorted.Count - 1)] - sorted[below]);
    }

    /// <summary>The same of values in any order.</summary>
    public static double Of(IEnumerable<double> values, double share) => OfSorted([.. values.Order()], share);
}
