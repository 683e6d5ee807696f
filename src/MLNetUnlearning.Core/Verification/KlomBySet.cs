namespace MLNetUnlearning.Verification;

/// <summary>KLoM of one kind of models against the oracles, on each set of rows.</summary>
/// <param name="Forget">On the rows to forget.</param>
/// <param name="Retain">On the training rows that stay.</param>
/// <param name="Validation">On rows that no model was trained on.</param>
public sealed record KlomBySet(KlomSummary Forget, KlomSummary Retain, KlomSummary Validation);
