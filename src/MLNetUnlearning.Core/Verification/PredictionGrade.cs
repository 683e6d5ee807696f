namespace MLNetUnlearning.Verification;

/// <summary>How well predicted changes of outputs matched what the bank's deletions really did, less the noise of seeds.</summary>
/// <param name="Deletions">Number of deletions graded.</param>
/// <param name="R2Leaving">R² on rows that left; 0 is no better than predicting no change, and above 1 means that the noise, taken off, was estimated too high. NaN if the true change does not rise above the noise of seeds.</param>
/// <param name="R2Staying">R² on rows that stayed and on validation rows; NaN likewise.</param>
/// <param name="ErrorLeaving">Root mean squared error on rows that left, in logits centred over classes, or in values; null where attribution reports R² alone.</param>
/// <param name="ErrorStaying">The same on rows that stayed and on validation rows.</param>
/// <param name="LearntFromDeletions">Whether attribution was fitted on these deletions; then the grades are its own, on deletions held out from its fit.</param>
public sealed record PredictionGrade(int Deletions, double R2Leaving, double R2Staying, double? ErrorLeaving, double? ErrorStaying, bool LearntFromDeletions);
