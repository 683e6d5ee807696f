namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>Settings of <see cref="LinearDatamodelingScore"/>.</summary>
public sealed class LinearDatamodelingOptions
{
    /// <summary>Draws of the bootstrap over subsets, at least 1. Default 1,000.</summary>
    public int Resamples { get; set; } = 1000;

    /// <summary>Share of the draws that the interval holds, above 0 and below 1. Default 0.95.</summary>
    public double Confidence { get; set; } = 0.95;

    /// <summary>Fixes the draws. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, 1);
        if (!(Confidence is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Confidence), Confidence, "Confidence must be above 0 and below 1.");
        }
    }
}
