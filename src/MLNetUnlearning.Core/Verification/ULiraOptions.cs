namespace MLNetUnlearning.Verification;

/// <summary>Settings of <see cref="ULira"/>.</summary>
public sealed class ULiraOptions
{
    /// <summary>Most models that are attacked, at least 2. Default 50, as in the reference code. Ignored where every model is attacked in turn (<see cref="ULira.ForRequest"/>).</summary>
    public int Targets { get; set; } = 50;

    /// <summary>Most margins that a distribution is fitted to, at least 2. Default 300, as in the reference code. Ignored by <see cref="ULira.ForRequest"/>.</summary>
    public int MaxShadows { get; set; } = 300;

    /// <summary>Draws of the bootstrap over attacked models, at least 1. Default 1000.</summary>
    public int Resamples { get; set; } = 1000;

    /// <summary>Nominal confidence of the interval, above 0 and below 1. Default 0.95.</summary>
    public double Confidence { get; set; } = 0.95;

    /// <summary>Fixes the choice of models and rows and the bootstrap. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxShadows, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(Resamples, 1);
        if (Confidence is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Confidence), Confidence, "Confidence must be above 0 and below 1.");
        }
    }
}
