namespace MLNetUnlearning.Verification;

/// <summary>U-LiRA on a request (<see cref="ULira.ForRequest"/>), each kind of models against the same oracles.</summary>
/// <param name="Unlearned">Unlearned students.</param>
/// <param name="DoNothing">Students as they were trained.</param>
/// <param name="Null">Held-out oracles: nothing to find, so about 0.5.</param>
public sealed record ULiraComparison(ULiraResult Unlearned, ULiraResult DoNothing, ULiraResult Null);
