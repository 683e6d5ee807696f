using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>Audits of real models: 600 digits, of which twenty similar ones are to go, and a bank of 24 deletions.</summary>
[TestClass]
public sealed class AuditorTests
{
    private const int Epochs = 15;

    private static readonly LabeledRows Rows = Digits.Train(600), Validation = Digits.Test();
    private static readonly Trainer Trainer = new(NetworkSpec.Mlp(24).CreateGraph(Digits.Pixels, Digits.Classes), new TrainerOptions { Epochs = Epochs, LearningRate = 0.1 });
    private static readonly UnlearningRequest Request = new() { ForgetRowIds = ForgetSets.Clustered(Rows, label: 8, 20) };
    private static readonly ModelBank Bank = ModelBank.Train(Trainer, Rows, new ModelBankOptions { Members = 24, FullMembers = 6, Checkpoints = [1] }, Epochs, seed: 3);
    private static readonly IFittedAttributor Attributor = new GaussNewtonInfluence(new GaussNewtonInfluenceOptions { MaxMembers = 3 }).Fit(Bank, Rows);
    private static readonly Lazy<AuditReport> OriginalReport = new(() => Audit(Original!));
    private static readonly ModelStack Original = Trainer.Train(Rows, [MemberPlan.Full(99)]).Final;

    [ClassCleanup]
    public static void Cleanup()
    {
        Attributor.Dispose();
        Bank.Dispose();
        Original.Dispose();
        Rows.Dispose();
        Validation.Dispose();
    }

    /// <summary>
    /// Positive control: a model really retrained without the rows, which the audit never saw, is not taken for one that remembers, nor for a broken one. (On clusters, an audit can take it for
    /// one that over-forgets: predictions fall short of what retraining does there.)
    /// </summary>
    [TestMethod]
    public void Audit_RealRetraining_IsNotTakenForRemembering()
    {
        using var oracle = Trainer.Train(Rows, [new MemberPlan(1234, Request.ForgetRowIds)]);

        var report = Audit(oracle.Final);

        Assert.AreNotEqual(MembershipFinding.Remembers, report.Membership!.Finding, report.Membership.ToString());
        Check(report, passes: ["shift-retain", "shift-validation", "residual-forget"], fails: []);
        Assert.AreEqual((VerificationMode.Audit, "under test", 20, 30), (report.Mode, report.Method, report.ForgetRows, report.BankMembers));
        Assert.IsTrue(report.NotTested.Any(sentence => sentence.Contains("Retraining", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Audit_Original_Remembers()
    {
        var report = OriginalReport.Value;

        Assert.AreEqual(MembershipFinding.Remembers, report.Membership!.Finding, report.Membership.ToString());
        Assert.IsGreaterThanOrEqualTo(0.5, report.Membership.Power);
        Assert.AreEqual(report.ForgetResidual.PredictedChange, report.ForgetResidual.Residual, 1e-9, "Nothing was done of what was predicted.");
        Check(report, passes: ["shift-retain", "shift-validation", "accuracy"], fails: ["membership"]);
    }

    [TestMethod]
    public void Audit_WrongRowsRetrained_Remembers()
    {
        using var wrong = Trainer.Train(Rows, [new MemberPlan(1234, ForgetSets.Clustered(Rows, label: 4, 20))]);

        Assert.AreEqual(MembershipFinding.Remembers, Audit(wrong.Final).Membership!.Finding);
    }

    [TestMethod]
    public void Audit_AscentThatBreaksTheModel_IsFoundEverywhere()
    {
        using var broken = new AscentUnlearner(steps: 40, rate: 0.03).Unlearn(Request, new UnlearningContext { Models = Original, Rows = Rows });

        var report = Audit(broken.Models);

        Assert.AreEqual(MembershipFinding.OverForgets, report.Membership!.Finding, report.Membership.ToString());
        Check(report, passes: [], fails: ["membership", "residual-forget", "shift-retain", "shift-validation", "accuracy"]);
    }

    [TestMethod]
    public void Audit_UntrainedNetwork_IsFound()
    {
        using var untrained = ModelStack.Initialize(Trainer.Graph, [5]);

        Check(Audit(untrained), passes: [], fails: ["shift-retain", "shift-validation", "accuracy"]);
    }

    /// <summary>Datamodel Matching brings the model to its prediction, and the membership test no longer finds the rows.</summary>
    [TestMethod]
    public void Audit_DatamodelMatching_IsNearItsPrediction()
    {
        using var outcome = new DatamodelMatching(new()).Unlearn(Request, new UnlearningContext { Models = Original, Rows = Rows, Attributor = Attributor });

        var report = Audit(outcome.Models);

        Assert.IsLessThan(report.ForgetResidual.PredictedChange / 2, report.ForgetResidual.Residual);
        Assert.IsLessThan(report.Membership!.Before!.Auc, report.Membership.Unlearned.Auc);
        Assert.AreEqual(24, report.Prediction!.Deletions);
        Assert.IsGreaterThan(0.2, report.Prediction.R2Leaving);
        Assert.IsFalse(report.Prediction.LearntFromDeletions);
    }

    [TestMethod]
    public void Audit_Twice_GivesTheSameReport()
    {
        AuditReport first = OriginalReport.Value, second = Audit(Original);

        Assert.AreEqual(first with { NotTested = [] }, second with { NotTested = [] });
    }

    [TestMethod]
    public void Audit_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        var progress = new Core.Tests.Training.RecordedProgress { OnReport = source.Cancel };

        Assert.ThrowsExactly<OperationCanceledException>(() => new Auditor(new AuditOptions { Progress = progress }).Audit(Subject(Original), source.Token));
        Assert.HasCount(1, progress.Reports);
    }

    [TestMethod]
    public void Audit_BankTooSmallOrSeveralModels_IsRefused()
    {
        using var bank = new ModelBank([.. Bank.Members.Take(2)], 2, new TrainedModels(Bank.Models.Final.Slice(0, 2), []));
        using var two = Bank.Models.Final.Slice(0, 2);

        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new Auditor(new AuditOptions()).Audit(Subject(Original, bank))).Message, "FullMembers");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Audit(two)).Message, "one model");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Auditor(new AuditOptions { MaxRows = 19 }));
    }

    private static void Check(AuditReport report, string[] passes, string[] fails)
    {
        var checks = report.Judge().ToDictionary(check => check.Name);
        string all = string.Join('\n', checks.Values);
        Assert.IsTrue(passes.All(name => checks[name].Passed), all);
        Assert.IsTrue(fails.All(name => !checks[name].Passed), all);
    }

    private static AuditReport Audit(ModelStack unlearned) => new Auditor(new AuditOptions { MaxRows = 100 }).Audit(Subject(unlearned));

    private static AuditSubject Subject(ModelStack unlearned, ModelBank? bank = null) => new()
    {
        Method = "under test",
        Request = Request,
        Original = Original,
        Unlearned = unlearned,
        Rows = Rows,
        Validation = Validation,
        Bank = bank ?? Bank,
        Attributor = Attributor,
    };
}
