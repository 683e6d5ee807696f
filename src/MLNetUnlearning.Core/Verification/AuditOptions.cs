using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>Settings of <see cref="Auditor"/>.</summary>
public sealed class AuditOptions
{
    /// <summary>Most retained and most validation rows that outputs are compared on, at least 20. Default 500 of each, drawn at random.</summary>
    public int MaxRows { get; set; } = 500;

    /// <summary>Fixes the rows that are drawn. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Receives reports.</summary>
    public IProgress<WorkProgress>? Progress { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate() => ArgumentOutOfRangeException.ThrowIfLessThan(MaxRows, 20);
}
