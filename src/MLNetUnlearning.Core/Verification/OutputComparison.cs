namespace MLNetUnlearning.Verification;

/// <summary>Gaps of outputs to the oracles', of each kind of models.</summary>
/// <param name="Unlearned">Unlearned students.</param>
/// <param name="DoNothing">Students as they were trained.</param>
/// <param name="Floor">Held-out oracles: what sampling alone gives.</param>
public sealed record OutputComparison(OutputGapsBySet Unlearned, OutputGapsBySet DoNothing, OutputGapsBySet Floor);
