using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Values;

/// <summary>Audits of models of values: 400 rows, of which twelve have wrong values and are to go, and a bank of 60 deletions.</summary>
[TestClass]
public sealed class ValueAuditTests
{
    private const int Epochs = 40;

    private static readonly int[] Wrong = [.. Enumerable.Range(0, 12)];

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Audit_OriginalRetrainedAndBroken_AreToldApart(int outputs)
    {
        using var setting = new Setting(outputs);

        var nothing = setting.Audit(setting.Original);
        Assert.AreEqual(MembershipFinding.Remembers, nothing.Membership!.Finding, nothing.Membership.ToString());
        Assert.IsGreaterThanOrEqualTo(0.5, nothing.Membership.Power);
        Assert.AreEqual(12, nothing.ForgetRows);
        Assert.AreEqual(12 * outputs, nothing.Membership.RowsAsked);
        Assert.AreEqual(nothing.ForgetResidual.PredictedChange, nothing.ForgetResidual.Residual, 1e-9, "Nothing was done of what was predicted.");
        Assert.AreEqual(60, nothing.Prediction!.Deletions);
        Check(nothing, passes: ["shift-retain", "shift-validation", "accuracy"], fails: ["membership"]);

        // A seed that neither the bank nor the original has.
        using var oracle = setting.Trainer.Train(setting.Rows, [new MemberPlan(1234, setting.Request.ForgetRowIds)]);
        var retrained = setting.Audit(oracle.Final);
        Assert.AreNotEqual(MembershipFinding.Remembers, retrained.Membership!.Finding, retrained.Membership.ToString());
        Assert.IsLessThan(nothing.Membership.Unlearned.Auc, retrained.Membership.Unlearned.Auc);
        Check(retrained, passes: ["shift-retain", "shift-validation", "membership"], fails: []);

        using var untrained = ModelStack.Initialize(setting.Trainer.Graph, [5]);
        Check(setting.Audit(untrained), passes: [], fails: ["shift-retain", "shift-validation", "accuracy"]);

        using var broken = new GradientAscent(new() { LearningRate = 0.02, Epochs = 20 }).Unlearn(setting.Request, new UnlearningContext { Models = setting.Original, Rows = setting.Rows });
        Check(setting.Audit(broken.Models), passes: [], fails: ["membership", "residual-forget", "shift-retain"]);
    }

    [TestMethod]
    public void Audit_RetrainedWithoutOtherRows_Remembers()
    {
        using var setting = new Setting(1);
        using var other = setting.Trainer.Train(setting.Rows, [new MemberPlan(1234, [.. setting.Rows.RowIds.Skip(100).Take(12)])]);

        Assert.AreEqual(MembershipFinding.Remembers, setting.Audit(other.Final).Membership!.Finding);
    }

    [TestMethod]
    public void Audit_DatamodelMatching_ComesNearItsPrediction()
    {
        using var setting = new Setting(1);
        using var outcome = new DatamodelMatching(new()).Unlearn(setting.Request, new UnlearningContext { Models = setting.Original, Rows = setting.Rows, Attributor = setting.Attributor });

        var report = setting.Audit(outcome.Models);

        Assert.IsLessThan(report.ForgetResidual.PredictedChange / 2, report.ForgetResidual.Residual);
        Assert.IsLessThan(report.Membership!.Before!.Auc, report.Membership.Unlearned.Auc);
    }

    /// <summary>One output has no common shift to take off: the spread is that of the values themselves, worked out here model by model.</summary>
    [TestMethod]
    public void Audit_SpreadOfOneOutput_EqualsTheNaiveOne()
    {
        using var setting = new Setting(1);
        var report = setting.Audit(setting.Original);
        using var scope = NewDisposeScope();
        using var forgotten = setting.Rows.Select(Wrong);
        var outputs = setting.Bank.Models.Final.Logits(forgotten.Features).slice(0, 0, setting.Bank.FullMembers, 1);
        double sum = 0;
        for (int row = 0; row < Wrong.Length; row++)
        {
            double[] values = [.. Enumerable.Range(0, setting.Bank.FullMembers).Select(member => (double)outputs[member][row][0].item<float>())];
            sum += values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1);
        }

        Assert.AreEqual(Math.Sqrt(sum / Wrong.Length), report.ForgetResidual.SeedSpread, 1e-6);
    }

    [TestMethod]
    public void Audit_ValidationRowsOfClasses_IsRefused()
    {
        using var setting = new Setting(1);
        using var classes = Digits.Train(30);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => setting.Audit(setting.Original, classes)).Message, "10 classes");
    }

    private static void Check(AuditReport report, string[] passes, string[] fails)
    {
        var checks = report.Judge().ToDictionary(check => check.Name);
        string all = string.Join('\n', checks.Values) + '\n' + report.Membership;
        Assert.IsTrue(passes.All(name => checks[name].Passed), all);
        Assert.IsTrue(fails.All(name => !checks[name].Passed), all);
    }

    private sealed class Setting : IDisposable
    {
        public Setting(int outputs)
        {
            using var all = ValueData.Rows(600, outputs: outputs);
            using var clean = all.Select([.. Enumerable.Range(0, 400)]);
            float[] values = clean.Labels.data<float>().ToArray();
            for (int i = 0; i < Wrong.Length * outputs; i++)
            {
                values[i] += 2;
            }

            Rows = LabeledRows.CreateWithValues(clean.Features.data<float>().ToArray(), 6, values, outputs, [.. clean.RowIds]);
            Validation = all.Select([.. Enumerable.Range(400, 200)]);
            Trainer = new Trainer(NetworkSpec.Mlp(16).CreateGraph(6, outputs), new TrainerOptions { Epochs = Epochs, LearningRate = 0.02, BatchSize = 32 });
            Request = new UnlearningRequest { ForgetRowIds = [.. Wrong.Select(row => Rows.RowIds[row])] };
            Bank = ModelBank.Train(Trainer, Rows, new ModelBankOptions { Members = 60, FullMembers = 6, Checkpoints = [1] }, Epochs, seed: 3);
            Attributor = new GaussNewtonInfluence(new GaussNewtonInfluenceOptions { MaxMembers = 3, Damping = 20, Loss = TrainingLoss.SquaredError }).Fit(Bank, Rows);
            Original = Trainer.Train(Rows, [MemberPlan.Full(99)]).Final;
        }

        public LabeledRows Rows { get; }

        public LabeledRows Validation { get; }

        public Trainer Trainer { get; }

        public UnlearningRequest Request { get; }

        public ModelBank Bank { get; }

        public IFittedAttributor Attributor { get; }

        public ModelStack Original { get; }

        public AuditReport Audit(ModelStack unlearned, LabeledRows? validation = null) => new Auditor(new AuditOptions { MaxRows = 100 }).Audit(new AuditSubject
        {
            Method = "under test",
            Request = Request,
            Original = Original,
            Unlearned = unlearned,
            Rows = Rows,
            Validation = validation ?? Validation,
            Bank = Bank,
            Attributor = Attributor,
        });

        public void Dispose()
        {
            Attributor.Dispose();
            Bank.Dispose();
            Original.Dispose();
            Rows.Dispose();
            Validation.Dispose();
        }
    }
}
