namespace MLNetUnlearning.Verification;

/// <summary>Gaps of one kind of models to the oracles, on each set of rows.</summary>
/// <param name="Forget">On the rows to forget.</param>
/// <param name="Retain">On the training rows that stay.</param>
/// <param name="Validation">On rows that no model was trained on.</param>
public sealed record OutputGapsBySet(OutputGaps Forget, OutputGaps Retain, OutputGaps Validation);
