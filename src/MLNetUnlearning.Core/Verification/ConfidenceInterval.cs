namespace MLNetUnlearning.Verification;

/// <summary>Where a statistic may lie, given that its models were drawn at random.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Confidence">Nominal confidence, from 0 to 1.</param>
public sealed record ConfidenceInterval(double Low, double High, double Confidence)
{
    /// <summary>Whether a value lies inside, ends included.</summary>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>From draws of a resampling: their quantiles, shifted so that their mean is the estimate.</summary>
    /// <param name="draws">The draws, in any order; sorted by this call.</param>
    /// <param name="estimate">The statistic of the sample itself.</param>
    /// <param name="confidence">Nominal confidence.</param>
    /// <param name="scale">Factor on deviations of the draws. Default 1.</param>
    /// <remarks>Draws have fewer distinct models, so their divergences are higher: the draws say how wide the interval is, the estimate where it lies.</remarks>
    internal static ConfidenceInterval Of(double[] draws, double estimate, double confidence, double scale = 1)
    {
        Array.Sort(draws);
        double mean = draws.Average(), tail = 0.5 * (1 - confidence);
        double At(double share) => estimate + scale * (Percentile.OfSorted(draws, share) - mean);
        return new(At(tail), At(1 - tail), confidence);
    }
}
