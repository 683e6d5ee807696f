using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>A real verification, small: 20 models of each kind on 400 digits, the forget set being 20 similar ones. At 20 models the floor is near 3.</summary>
[TestClass]
public sealed class VerifierTests
{
    private const int Epochs = 15, Models = 20;

    private readonly LabeledRows rows = Digits.Train(400);
    private readonly LabeledRows validation = Digits.Test();
    private readonly Trainer trainer = new(NetworkSpec.Mlp(24).CreateGraph(Digits.Pixels, Digits.Classes), new TrainerOptions { Epochs = Epochs });

    [TestCleanup]
    public void Cleanup()
    {
        rows.Dispose();
        validation.Dispose();
    }

    [TestMethod]
    public void Verify_DatamodelMatching_ComesCloserToTheFloorThanDoingNothing()
    {
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 4 }, Epochs, seed: 3);
        using var attributor = new GaussNewtonInfluence(new()).Fit(bank, rows);

        var report = Verify(new DatamodelMatching(new DatamodelMatchingOptions { Epochs = 10 }), attributor);

        Assert.AreEqual("datamodel-matching", report.Method);
        Assert.AreEqual(Models, report.Models);
        Assert.AreEqual(20, report.ForgetRows);
        foreach (var sets in new[] { report.Unlearned, report.DoNothing, report.Floor })
        {
            Assert.AreEqual((20, 380, 360), (sets.Forget.Rows, sets.Retain.Rows, sets.Validation.Rows));
            Assert.IsTrue(new[] { sets.Forget, sets.Retain, sets.Validation }.All(set => set.Models == Models && set.Mean > 0 && set.P95 >= set.Mean));
        }

        Assert.IsLessThan(report.DoNothing.Forget.Mean, report.Floor.Forget.Mean);
        Assert.IsLessThan(report.DoNothing.Forget.Mean - 1, report.Unlearned.Forget.Mean);
        Assert.IsTrue(new[] { report.OriginalAccuracy, report.UnlearnedAccuracy, report.OracleAccuracy }.All(accuracy => accuracy is > 0.8 and < 1));
        Assert.IsTrue(new[] { report.RetrainOne, report.TrainOracles, report.Attribution, report.FineTuneOne }.All(time => time > TimeSpan.Zero));
    }

    [TestMethod]
    public void Verify_DoNothing_ScoresWhatTheReportSaysOfDoingNothing()
    {
        var report = Verify(new DoNothing());

        Assert.AreEqual(report.DoNothing, report.Unlearned);
        Assert.AreEqual(report.OriginalAccuracy, report.UnlearnedAccuracy);
        Assert.IsGreaterThan(1.5 * report.Floor.Forget.Mean, report.DoNothing.Forget.Mean);
        Assert.AreEqual(WithoutTimes(report), WithoutTimes(Verify(new DoNothing())), "The same seed gives the same report, but for times.");
        CheckFails(report, "u-lira", "membership");
        Assert.IsGreaterThan(0.6, report.ULira.DoNothing.Accuracy);
        Assert.AreEqual(report.ULira.DoNothing, report.ULira.Unlearned);
        Assert.AreEqual(MembershipFinding.Remembers, report.Membership!.Finding);
        Assert.IsGreaterThan(report.Outputs.Floor.Forget.KolmogorovSmirnovMean, report.Outputs.DoNothing.Forget.KolmogorovSmirnovMean);
        Assert.IsGreaterThan(report.Outputs.Floor.Forget.JensenShannonMean, report.Outputs.DoNothing.Forget.JensenShannonMean);
        Assert.IsLessThan(0, report.Outputs.DoNothing.Forget.Loss, "Models that know the rows have a lower loss there.");
        Assert.IsNull(report.Parameters, "The network is not convex.");
    }

    /// <summary>Positive control: what is judged is the distribution, so other models, really retrained, are at the floor.</summary>
    [TestMethod]
    public void Verify_RealRetraining_IsAtTheFloor()
    {
        var report = Verify(new RetrainingUnlearner(trainer, request => request.ForgetRowIds));

        Assert.AreEqual(report.Floor.Forget.Mean, report.Unlearned.Forget.Mean, 0.5);
        Assert.AreEqual(report.Floor.Retain.Mean, report.Unlearned.Retain.Mean, 0.5);
        Assert.IsTrue(report.Judge().All(check => check.Passed), string.Join('\n', report.Judge()));
        Assert.AreEqual(MembershipFinding.NothingFound, report.Membership!.Finding);
        Assert.AreEqual(VerificationMode.Full, report.Mode);
        Assert.AreNotEqual(0, report.NotTested.Count);
    }

    /// <summary>Negative control: retraining without other rows than those asked for leaves the forget rows known.</summary>
    [TestMethod]
    public void Verify_RetrainingWithoutTheWrongRows_IsFarAboveTheFloor()
    {
        var report = Verify(new RetrainingUnlearner(trainer, _ => ForgetSets.Clustered(rows, label: 4, 20)));

        Assert.IsGreaterThan(1.5 * report.Floor.Forget.Mean, report.Unlearned.Forget.Mean);
        CheckFails(report, "u-lira", "membership");
    }

    /// <summary>Negative control: ascent without a target goes too far, and takes the rest of the model with it.</summary>
    [TestMethod]
    public void Verify_AscentThatBreaksTheModel_Fails()
    {
        var report = Verify(new AscentUnlearner(steps: 40, rate: 0.03));

        CheckFails(report, "klom-forget", "klom-retain", "klom-validation", "u-lira", "accuracy", "membership");
        Assert.AreEqual(MembershipFinding.OverForgets, report.Membership!.Finding, report.Membership.ToString());
    }

    /// <summary>Negative control: weights that are not numbers are the worst there is, not a perfect score.</summary>
    [TestMethod]
    public void Verify_AscentToNotANumber_Fails()
    {
        var report = Verify(new AscentUnlearner(steps: 4, rate: 1e30));

        CheckFails(report, "klom-forget", "klom-retain", "klom-validation", "u-lira", "accuracy", "membership");
        Assert.AreEqual(Math.Log(1e5), report.Unlearned.Forget.P95, 1e-9);
    }

    /// <summary>Negative control: one good answer for all is not a distribution.</summary>
    [TestMethod]
    public void Verify_OneRetrainedModelForAll_Fails() => CheckFails(Verify(new CollapsedUnlearner(trainer)), "u-lira");

    /// <summary>Negative control: a network that knows nothing is not one that forgot some rows.</summary>
    [TestMethod]
    public void Verify_UntrainedNetwork_IsFarAboveTheFloorEverywhere()
    {
        var report = Verify(new UntrainedUnlearner());

        Assert.IsGreaterThan(2 * report.Floor.Retain.Mean, report.Unlearned.Retain.Mean);
        Assert.IsGreaterThan(2 * report.Floor.Validation.Mean, report.Unlearned.Validation.Mean);
        Assert.IsLessThan(0.3, report.UnlearnedAccuracy);
        CheckFails(report, "klom-retain", "klom-validation", "u-lira", "accuracy");
    }

    [TestMethod]
    public void Verify_WithoutNeededAttributor_IsRefusedBeforeTraining()
    {
        var progress = new ProgressCount();

        var error = Assert.ThrowsExactly<ArgumentException>(() => Verify(new DatamodelMatching(new()), progress: progress));

        StringAssert.Contains(error.Message, "GaussNewtonInfluence");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void Verify_ValidationRowsOfAnotherShape_AreRefusedBeforeTraining()
    {
        using var other = LabeledRows.Create([1, 2], 2, [0], [0], Digits.Classes);
        var progress = new ProgressCount();
        var verifier = new Verifier(trainer, new VerificationOptions { Oracles = Models, Progress = progress });

        var error = Assert.ThrowsExactly<RowDataException>(() => verifier.Verify(new DoNothing(), new UnlearningRequest { ForgetRowIds = [1] }, rows, other));

        StringAssert.Contains(error.Message, "2 features");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void Outputs_ComputedAgainAndAgain_LeaveNoTensorBehind()
    {
        using var models = ModelStack.Initialize(trainer.Graph, [1, 2]);

        Assert.AreEqual(0, LiveTensors.LeftOnThisThreadBy(() => OutputSample.Of(models, validation, default), 5));
    }

    [TestMethod]
    public void Constructor_TooFewOracles_IsRefused() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Verifier(trainer, new VerificationOptions { Oracles = 19 }));

    private static VerificationReport WithoutTimes(VerificationReport report) => report with { RetrainOne = default, TrainOracles = default, Attribution = default, FineTuneOne = default, NotTested = [] };

    private static void CheckFails(VerificationReport report, params string[] names)
    {
        var checks = report.Judge();
        foreach (string name in names)
        {
            Assert.IsFalse(checks.Single(check => check.Name == name).Passed, $"{name} must fail:\n{string.Join('\n', checks)}");
        }
    }

    private VerificationReport Verify(IUnlearner unlearner, IFittedAttributor? attributor = null, IProgress<WorkProgress>? progress = null)
    {
        var request = new UnlearningRequest { ForgetRowIds = ForgetSets.Clustered(rows, label: 8, 20) };
        using var deployed = attributor is null && unlearner.Needs.HasFlag(UnlearnerNeeds.Attribution) ? null : trainer.Train(rows, [MemberPlan.Full(99)]);
        using var unlearned = deployed is null ? null : unlearner.Unlearn(request, new UnlearningContext { Models = deployed.Final, Rows = rows, Attributor = attributor });
        return new Verifier(trainer, new VerificationOptions { Oracles = Models, Seed = 6, Resamples = 20, Progress = progress })
            .Verify(unlearner, request, rows, validation, attributor, unlearned?.Models);
    }
}
