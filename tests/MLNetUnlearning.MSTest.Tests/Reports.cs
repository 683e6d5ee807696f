using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>A verification report with numbers that differ from set to set.</summary>
internal static class Reports
{
    public static VerificationReport Create(double forget = 2, double retain = 1, double validation = 0.8, double accuracy = 0.93, int models = 100, double attack = 0.52, MembershipFinding? finding = null) => new()
    {
        Method = "datamodel-matching",
        Models = models,
        ForgetRows = 50,
        Unlearned = new KlomBySet(Summary(forget, models), Summary(retain, models), Summary(validation, models)),
        DoNothing = new KlomBySet(Summary(9.9, models), Summary(2.5, models), Summary(4.5, models)),
        Floor = new KlomBySet(Summary(0.75, models), Summary(0.6, models), Summary(0.5, models)),
        ULira = new ULiraComparison(Attack(attack), Attack(0.71), Attack(0.49)),
        Outputs = new OutputComparison(Gaps(accuracy - 0.94), Gaps(0.02), Gaps(0.001)),
        Membership = finding is { } found ? Membership(found) : null,
        NotTested = ["the weights"],
        OriginalAccuracy = 0.96,
        UnlearnedAccuracy = accuracy,
        OracleAccuracy = 0.94,
        RetrainOne = TimeSpan.FromSeconds(1),
        TrainOracles = TimeSpan.FromSeconds(20),
        Attribution = TimeSpan.FromSeconds(1),
        FineTuneOne = TimeSpan.FromSeconds(0.1),
    };

    /// <summary>The mean is zero: whoever judged by it would pass everything.</summary>
    private static KlomSummary Summary(double p95, int models) => new(360, models, 0, p95);

    private static ULiraResult Attack(double accuracy) => new(accuracy, 0.05, new ConfidenceInterval(accuracy - 0.01, accuracy + 0.01, 0.95), 100, 50);

    private static OutputGapsBySet Gaps(double accuracy)
    {
        var gaps = new OutputGaps(accuracy, 0, 0, 0.1, 0.2, 0.01, 0.02);
        return new OutputGapsBySet(gaps, gaps, gaps);
    }

    public static MembershipResult Membership(MembershipFinding finding) =>
        new(finding, new MembershipScore(0.91, 0.8, 0.3, 0, 48), null, new ConfidenceInterval(0.41, 0.59, 0.95), 0.61, 0.01, 0.01, 100, 0.98, 100, 50);
}
