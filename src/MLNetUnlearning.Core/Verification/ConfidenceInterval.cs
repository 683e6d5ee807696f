namespace MLNetUnlearning.Verification;

/// <summary>Where a statistic may lie, given that its models were drawn at random.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Confidence">Nominal confidence, from 0 to 1.</param>
public sealed record ConfidenceInterval(double Low, double High, double Confidence)
{
    /// <summary>Whether a value lies inside, ends included.</summary>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>From draws of a bootstrap: their quantiles, shifted so that their mean is the estimate.</summary>
    /// <param name="draws">The draws, in any order; sorted by this call.</param>
    /// <param name="estimate">The statistic of the sample itself.</param>
    /// <param name="confidence">Nominal confidence.</param>
    /// <remarks>A draw repeats models, so its histograms are coarser and its divergences higher: the draws say how wide the interval is, the estimate where it lies.</remarks>
    internal static ConfidenceInterval Of(double[] draws, double estimate, double confidence)
    {
        Array.Sort(draws);
        double shift = estimate - draws.Average();
        double tail = 0.5 * (1 - confidence);
        double At(double share) => draws[(int)Math.Round(share * (draws.Length - 1))] + shift;
        return new(At(tail), At(1 - tail), confidence);
    }
}
