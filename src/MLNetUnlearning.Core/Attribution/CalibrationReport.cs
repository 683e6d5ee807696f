namespace MLNetUnlearning.Attribution;

/// <summary>What calibration found, graded on deletions of the bank that its weights were not fitted on.</summary>
/// <param name="Deletions">Number of bank members that lack rows.</param>
/// <param name="SmallestDeletion">Rows that the smallest of their deletions took.</param>
/// <param name="LargestDeletion">Rows that the largest took.</param>
/// <param name="HeldOutR2Leaving">R² of the predicted change of rows that left, less the noise of a single member's outputs; NaN if no signal rises above the noise.</param>
/// <param name="HeldOutR2Staying">The same for rows that stayed.</param>
public sealed record CalibrationReport(int Deletions, int SmallestDeletion, int LargestDeletion, double HeldOutR2Leaving, double HeldOutR2Staying);
