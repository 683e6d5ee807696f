namespace MLNetUnlearning.Verification;

/// <summary>Outcome of a membership test on one deployed model.</summary>
/// <param name="Finding">The verdict, from <see cref="MembershipScore.Auc"/> and <see cref="MembershipScore.TwoSidedAuc"/> against the null.</param>
/// <param name="Unlearned">The deployed model.</param>
/// <param name="Before">The deployed model before it unlearned; null if it was not given.</param>
/// <param name="NullAuc">Range of <see cref="MembershipScore.Auc"/> over models that never saw the rows they were tested on.</param>
/// <param name="NullTwoSidedAuc">Upper end of <see cref="MembershipScore.TwoSidedAuc"/> over the same models.</param>
/// <param name="NullRemembered">Their mean <see cref="MembershipScore.Remembered"/>.</param>
/// <param name="NullOverForgotten">Their mean <see cref="MembershipScore.OverForgotten"/>.</param>
/// <param name="NullModels">Number of those models (N).</param>
/// <param name="Power">Share of models that did see the rows which the test finds, from 0 to 1: below 0.5 it cannot clear anything.</param>
/// <param name="PowerModels">Number of those models.</param>
/// <param name="RowsAsked">Number of forgotten rows; those without two shadow models of either kind are not tested.</param>
public sealed record MembershipResult(
    MembershipFinding Finding,
    MembershipScore Unlearned,
    MembershipScore? Before,
    ConfidenceInterval NullAuc,
    double NullTwoSidedAuc,
    double NullRemembered,
    double NullOverForgotten,
    int NullModels,
    double Power,
    int PowerModels,
    int RowsAsked)
{
    /// <summary>The verdict as a check: it passes where nothing was found, and not where the test could not have found anything.</summary>
    internal VerificationCheck ToCheck() => new(
        "membership",
        Finding == MembershipFinding.NothingFound ? 0 : 1,
        0,
        0,
        FormattableString.Invariant($"{Finding} (1 unless nothing was found): AUC {Unlearned.Auc:f3} on {Unlearned.Rows} of {RowsAsked} rows, null {NullAuc.Low:f3} to {NullAuc.High:f3}, two-sided {Unlearned.TwoSidedAuc:f3}, null up to {NullTwoSidedAuc:f3}, N = {NullModels}, power {Power:p0}"));
}
