namespace MLNetUnlearning.Verification;

/// <summary>Settings of <see cref="MembershipTest"/>.</summary>
public sealed class MembershipOptions
{
    /// <summary>
    /// Fewest shadow models that never saw a row for the row to have a variance of its own, at least 2. Below it all rows share one, as Carlini et al.
    /// advise for few shadow models. Default 32.
    /// </summary>
    public int OwnVarianceFrom { get; set; } = 32;

    /// <summary>Share of models that never saw the rows which the test may call suspicious, above 0 and at most 0.5. Default 0.05, split evenly between remembering and over-forgetting.</summary>
    public double FalseAlarms { get; set; } = 0.05;

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(OwnVarianceFrom, 2);
        if (FalseAlarms is not (> 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(FalseAlarms), FalseAlarms, "FalseAlarms must be above 0 and at most 0.5.");
        }
    }
}
