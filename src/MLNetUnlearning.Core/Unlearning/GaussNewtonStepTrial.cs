namespace MLNetUnlearning.Unlearning;

/// <summary>How well one choice of settings did on the bank's deletions.</summary>
/// <param name="Damping">The damping.</param>
/// <param name="Multiplier">The multiplier.</param>
/// <param name="Shrinkage">The shrinkage.</param>
/// <param name="ErrorLeaving">
/// Mean squared error of the margins of rows that left, each in units of how much it varies between trainings, as a multiple of that of doing nothing; geometric mean over deletions.
/// </param>
/// <param name="ErrorStaying">The same of rows that stayed. Two trainings differ by chance too, so this hardly falls far below 1 where doing nothing is nearly right.</param>
public sealed record GaussNewtonStepTrial(double Damping, double Multiplier, double Shrinkage, double ErrorLeaving, double ErrorStaying)
{
    /// <summary>What the choice goes by: the geometric mean of both errors, so that forgetting twice as well may cost the rows that stay no more than twice.</summary>
    public double Error => Math.Sqrt(ErrorLeaving * ErrorStaying);
}
