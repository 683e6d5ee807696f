using System.Globalization;

namespace MLNetUnlearning.Verification;

/// <summary>One measured value against its bound.</summary>
/// <param name="Name">What was measured, e.g. <c>klom-forget</c>.</param>
/// <param name="Measured">The value.</param>
/// <param name="Bound">The largest value that passes.</param>
/// <param name="Null">The value that really retrained models reach; null if it is not known.</param>
/// <param name="Detail">What the value is, with N.</param>
public sealed record VerificationCheck(string Name, double Measured, double Bound, double? Null, string Detail)
{
    /// <summary>Whether the value is within its bound. What is not a number is not.</summary>
    public bool Passed => Measured <= Bound;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name}: {(Passed ? "passed" : "FAILED")}, measured {Measured:g4}, bound {Bound:g4}, retrained models {(Null is { } value ? value.ToString("g4", CultureInfo.InvariantCulture) : "unknown")}; {Detail}");
}
