using System.Globalization;
using Microsoft.ML;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest;

/// <summary>Assertions for build gates: a build fails when an unlearned model is too far from models really retrained, or when its ONNX file scores otherwise.</summary>
/// <remarks>
/// KLoM is judged by its 95th percentile over the rows, as a multiple of the floor that held-out oracles reach at the same number of models: absolute bounds do
/// not carry over from one number of models to another. A bound that doing nothing would meet, too, gates nothing; the report says what doing nothing scores.
/// </remarks>
public static class UnlearningAssert
{
    /// <summary>Fails unless KLoM on the forgotten rows is within a multiple of the floor.</summary>
    /// <param name="report">A verification.</param>
    /// <param name="timesFloor">The bound as a multiple of the floor, at least 1.</param>
    /// <exception cref="AssertFailedException">The measured value is above the bound or not a number.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timesFloor"/> is below 1 or not finite.</exception>
    public static void ForgetKlomWithin(VerificationReport report, double timesFloor) => KlomWithin(
        report, set => set.Forget, timesFloor, "ForgetKlomWithin", "forget",
        "The model still shows the forgotten rows. Match harder (more epochs, a larger ForgetMultiplier), use a larger bank for attribution, or retrain.");

    /// <summary>Fails unless KLoM on the training rows that stay is within a multiple of the floor.</summary>
    /// <inheritdoc cref="ForgetKlomWithin"/>
    public static void RetainKlomWithin(VerificationReport report, double timesFloor) => KlomWithin(
        report, set => set.Retain, timesFloor, "RetainKlomWithin", "retain",
        "Unlearning has changed what the model says of rows that stay. Match more gently (lower learning rate, a larger RetainMultiplier), or retrain.");

    /// <summary>Fails unless KLoM on rows that no model was trained on is within a multiple of the floor.</summary>
    /// <inheritdoc cref="ForgetKlomWithin"/>
    public static void ValidationKlomWithin(VerificationReport report, double timesFloor) => KlomWithin(
        report, set => set.Validation, timesFloor, "ValidationKlomWithin", "validation",
        "Unlearning has changed what the model says of new rows. Match more gently (lower learning rate, a larger RetainMultiplier), or retrain.");

    /// <summary>Fails unless the accuracy of the unlearned models on the validation rows is close to that of models retrained without the forgotten rows.</summary>
    /// <param name="report">A verification.</param>
    /// <param name="tolerance">Largest difference in either direction, from 0 to 1: 0.01 is one percentage point.</param>
    /// <exception cref="AssertFailedException">The difference is larger.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tolerance"/> is not from 0 to 1.</exception>
    public static void AccuracyWithin(VerificationReport report, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (tolerance is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance is a difference of shares, from 0 to 1.");
        }

        double difference = Math.Abs(report.UnlearnedAccuracy - report.OracleAccuracy);
        // Written so that NaN fails.
        if (!(difference <= tolerance))
        {
            throw Failure(
                "AccuracyWithin",
                $"accuracy on {report.Floor.Validation.Rows} validation rows: measured {report.UnlearnedAccuracy:p2}, models retrained without the forgotten rows {report.OracleAccuracy:p2}, before unlearning {report.OriginalAccuracy:p2}, difference {difference:p2}, bound {tolerance:p2}, N = {report.Models} models ('{report.Method}').",
                "Match more gently (lower learning rate, a larger RetainMultiplier), or retrain.");
        }
    }

    /// <summary>Fails unless every measurement of a verification or an audit is within its bound: KLoM on all sets, U-LiRA, membership, accuracy, whatever the report has.</summary>
    /// <param name="report">A verification or an audit.</param>
    /// <param name="bounds">The bounds. Default null: the defaults.</param>
    /// <exception cref="AssertFailedException">A measured value is above its bound or not a number; the message names all that are.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of range.</exception>
    public static void Verified(IVerificationReport report, VerificationBounds? bounds = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        var checks = report.Judge(bounds);
        string[] failed = [.. checks.Where(check => !check.Passed).Select(check => check.ToString())];
        if (failed.Length > 0)
        {
            throw Failure(
                nameof(Verified),
                $"{failed.Length} of {checks.Count} checks of '{report.Method}' ({report.Mode}):\n{string.Join('\n', failed)}\n",
                "Match harder where forgotten rows fail and more gently where others do, use a larger bank, or retrain.");
        }
    }

    /// <summary>Fails unless U-LiRA tells unlearned from retrained models hardly better than it tells retrained models from each other.</summary>
    /// <param name="report">A verification.</param>
    /// <param name="excess">Largest excess of the attack's accuracy over the null's, from 0 to 0.5.</param>
    /// <exception cref="AssertFailedException">The excess is larger.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="excess"/> is not from 0 to 0.5.</exception>
    public static void ULiraWithin(VerificationReport report, double excess)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (excess is not (>= 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(excess), excess, "The excess is a difference of accuracies, from 0 to 0.5.");
        }

        ULiraResult measured = report.ULira.Unlearned, floor = report.ULira.Null;
        if (!(measured.Accuracy - floor.Accuracy <= excess))
        {
            throw Failure(
                nameof(ULiraWithin),
                $"U-LiRA accuracy on {measured.Rows} forgotten rows: measured {measured.Accuracy:f3}, held-out oracles {floor.Accuracy:f3}, bound {floor.Accuracy + excess:f3}, doing nothing {report.ULira.DoNothing.Accuracy:f3}, N = {measured.Targets} models ('{report.Method}').",
                "An attacker tells unlearned from retrained models. Match harder, use a larger bank for attribution, or retrain.");
        }
    }

    /// <summary>Fails unless a membership test on the deployed model finds nothing and could have found something.</summary>
    /// <param name="membership">From a verification or an audit.</param>
    /// <exception cref="AssertFailedException">The test finds that the model remembers or over-forgets, or cannot tell.</exception>
    public static void NoMembership(MembershipResult membership)
    {
        ArgumentNullException.ThrowIfNull(membership);
        if (membership.Finding != MembershipFinding.NothingFound)
        {
            throw Failure(
                nameof(NoMembership),
                $"{membership.Finding}: AUC {membership.Unlearned.Auc:f3}, models that never saw the rows {membership.NullAuc.Low:f3} to {membership.NullAuc.High:f3}; two-sided {membership.Unlearned.TwoSidedAuc:f3}, up to {membership.NullTwoSidedAuc:f3}; N = {membership.NullModels}, {membership.Unlearned.Rows} of {membership.RowsAsked} rows, found among models that saw them: {membership.Power:p0}.",
                membership.Finding == MembershipFinding.Inconclusive ? "Use more shadow models: verify in full, or train a larger bank (ModelBankOptions.Members)." : "Match harder if it remembers, more gently if it over-forgets, or retrain.");
        }
    }

    /// <summary>Fails unless an ONNX file scores rows as the ML.NET model does. ONNX inputs are fed from the columns of the same names.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Rows as they go into the model.</param>
    /// <param name="onnxPath">The ONNX file.</param>
    /// <param name="tolerance">Largest difference of a score. Default 1e-5: float32 sums in another order stay far below it, wrong steps do not.</param>
    /// <param name="maxRows">Most rows to compare, at least 1. Default 1000; they are scored in one batch.</param>
    /// <param name="scoreName">Name of the model's score column and of the ONNX output. Default <c>Score</c>.</param>
    /// <exception cref="AssertFailedException">A score differs or is not finite, the file cannot be read, or its inputs and outputs do not fit the rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tolerance"/> or <paramref name="maxRows"/> is out of range.</exception>
    public static void ScoresMatch(ITransformer model, IDataView data, string onnxPath, double tolerance = 1e-5, int maxRows = 1000, string scoreName = "Score")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(onnxPath);
        ArgumentException.ThrowIfNullOrEmpty(scoreName);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        if (!(tolerance >= 0 && double.IsFinite(tolerance)))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be a finite number from 0.");
        }

        if (ScoreComparison.Run(model, data, onnxPath, maxRows, scoreName).Describe(tolerance) is { } difference)
        {
            throw Failure(
                nameof(ScoresMatch),
                difference,
                "Export the file again from this very model (ml.Unlearning.ExportOnnx): a file written before the model forgot rows still remembers them.");
        }
    }

    /// <summary>An assertion failure in the words all of them share, in invariant numbers.</summary>
    internal static AssertFailedException Failure(string assertion, FormattableString finding, string advice) =>
        new($"UnlearningAssert.{assertion} failed. {finding.ToString(CultureInfo.InvariantCulture)} What to do: {advice}");

    private static void KlomWithin(VerificationReport report, Func<KlomBySet, KlomSummary> set, double timesFloor, string assertion, string name, string advice)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (!(timesFloor >= 1 && double.IsFinite(timesFloor)))
        {
            throw new ArgumentOutOfRangeException(nameof(timesFloor), timesFloor, "The bound is a multiple of the floor, at least 1: nothing can be told to be better than the floor.");
        }

        KlomSummary measured = set(report.Unlearned), floor = set(report.Floor), doNothing = set(report.DoNothing);
        double bound = timesFloor * floor.P95;
        if (!(measured.P95 <= bound))
        {
            string few = report.Models < 80 ? $" KLoM is unstable below 80 models, and its floor high: verify with more oracles than {report.Models}." : "";
            throw Failure(
                assertion,
                $"KLoM of the {name} rows (95th percentile, nats): measured {measured.P95:f3}, floor {floor.P95:f3}, bound {bound:f3} ({timesFloor} x floor), doing nothing {doNothing.P95:f3}, N = {report.Models} models, {measured.Rows} rows ('{report.Method}').",
                advice + few);
        }
    }
}
