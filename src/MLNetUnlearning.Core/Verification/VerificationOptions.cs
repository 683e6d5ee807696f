using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>Settings of <see cref="Verifier"/>.</summary>
public sealed class VerificationOptions
{
    /// <summary>Number N of models of each kind: students, oracles, held-out oracles; at least 20. Default 100, as in the literature; below 80 KLoM is unstable.</summary>
    public int Oracles { get; set; } = 100;

    /// <summary>Fixes the seeds of all models trained for verification. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Receives reports.</summary>
    public IProgress<WorkProgress>? Progress { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate() => ArgumentOutOfRangeException.ThrowIfLessThan(Oracles, 20);
}
