namespace MLNetUnlearning.Unlearning;

/// <summary>How well one choice of settings did on the bank's deletions.</summary>
/// <param name="Damping">The damping.</param>
/// <param name="Multiplier">The multiplier.</param>
/// <param name="Shrinkage">The shrinkage.</param>
/// <param name="ErrorLeaving">
/// Squared distance between the margins of rows that left and the retrained model's, as distributions over rows, summed over deletions; as a multiple of that of doing nothing.
/// </param>
/// <param name="ErrorStaying">The same of rows that stayed.</param>
public sealed record GaussNewtonStepTrial(double Damping, double Multiplier, double Shrinkage, double ErrorLeaving, double ErrorStaying)
{
    /// <summary>What the choice goes by: the mean of both errors.</summary>
    public double Error => (ErrorLeaving + ErrorStaying) / 2;
}
