namespace MLNetUnlearning.Unlearning;

/// <summary>What a calibration chose, and what it chose from.</summary>
/// <param name="Chosen">The step with the damping, multiplier and shrinkage of the best trial.</param>
/// <param name="Best">The best trial.</param>
/// <param name="Trials">All trials.</param>
/// <param name="Deletions">Number of deletions that were learnt from.</param>
public sealed record GaussNewtonStepCalibrationResult(GaussNewtonStepOptions Chosen, GaussNewtonStepTrial Best, IReadOnlyList<GaussNewtonStepTrial> Trials, int Deletions);
