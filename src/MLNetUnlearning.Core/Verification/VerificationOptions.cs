using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>Settings of <see cref="Verifier"/>.</summary>
public sealed class VerificationOptions
{
    /// <summary>Number N of models of each kind: students, oracles, held-out oracles; at least 20. Default 100, as in the literature; below 80 KLoM is unstable.</summary>
    public int Oracles { get; set; } = 100;

    /// <summary>Fixes the seeds of all models trained for verification, and the resampling. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Draws of the resampling of models that KLoM's intervals come from, at least 0. Default 100; 0 for no intervals.</summary>
    public int Resamples { get; set; } = 100;

    /// <summary>Nominal confidence of intervals, above 0 and below 1. Default 0.95.</summary>
    public double Confidence { get; set; } = 0.95;

    /// <summary>Receives reports.</summary>
    public IProgress<WorkProgress>? Progress { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Oracles, 20);
        ArgumentOutOfRangeException.ThrowIfNegative(Resamples);
        if (Confidence is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Confidence), Confidence, "Confidence must be above 0 and below 1.");
        }
    }
}
