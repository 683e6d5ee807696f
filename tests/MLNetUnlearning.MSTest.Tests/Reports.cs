using MLNetUnlearning.Verification;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>A verification report with numbers that differ from set to set.</summary>
internal static class Reports
{
    public static VerificationReport Create(double forget = 2, double retain = 1, double validation = 0.8, double accuracy = 0.93, int models = 100) => new()
    {
        Method = "datamodel-matching",
        Models = models,
        ForgetRows = 50,
        Unlearned = new KlomBySet(Summary(forget), Summary(retain), Summary(validation)),
        DoNothing = new KlomBySet(Summary(9.9), Summary(2.5), Summary(4.5)),
        Floor = new KlomBySet(Summary(0.75), Summary(0.6), Summary(0.5)),
        OriginalAccuracy = 0.96,
        UnlearnedAccuracy = accuracy,
        OracleAccuracy = 0.94,
        RetrainOne = TimeSpan.FromSeconds(1),
        TrainOracles = TimeSpan.FromSeconds(20),
        Attribution = TimeSpan.FromSeconds(1),
        FineTuneOne = TimeSpan.FromSeconds(0.1),
    };

    /// <summary>The mean is zero: whoever judged by it would pass everything.</summary>
    private static KlomSummary Summary(double p95) => new(360, 100, 0, p95);
}
