using Microsoft.ML;
using MLNetUnlearning.Tests.Tasks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Tests.Unlearning;

/// <summary>Audits of ML.NET models of every task, each of which learnt some rows with wrong labels: doing nothing is found as remembering, retraining is not.</summary>
[TestClass]
public sealed class AuditTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly ModelBankOptions Bank = new() { Members = 40, FullMembers = 6 };
    private static readonly Lazy<Case> Multiclass = new(CreateMulticlass);

    private static readonly DigitRow[] Mislabelled = [.. Digits.Train.Select((row, i) => i < 12 ? new DigitRow { RowId = row.RowId, Pixels = row.Pixels, Digit = row.Digit == "d7" ? "d2" : "d7" } : row)];

    public static IEnumerable<object[]> Tasks => [["multiclass"], ["binary"], ["regression"], ["outputs"]];

    [TestMethod]
    [DynamicData(nameof(Tasks))]
    public void Audit_DoNothingAndRetraining_AreToldApart(string task)
    {
        var data = Create(task);
        var nothing = data.Audit(new DoNothingOptions());
        Assert.AreEqual(MembershipFinding.Remembers, nothing.Membership!.Finding, nothing.Membership.ToString());
        Assert.IsGreaterThanOrEqualTo(0.5, nothing.Membership.Power);
        Assert.IsFalse(nothing.Judge().Single(check => check.Name == "membership").Passed);
        Assert.AreEqual(nothing.ForgetResidual.PredictedChange, nothing.ForgetResidual.Residual, 1e-9);
        Assert.AreEqual(("do-nothing", data.Forget.Length, 46, VerificationMode.Audit), (nothing.Method, nothing.ForgetRows, nothing.BankMembers, nothing.Mode));
        Assert.AreEqual(nothing.OriginalAccuracy, nothing.UnlearnedAccuracy);

        var retrained = data.Audit(new RetrainOptions());
        Assert.AreNotEqual(MembershipFinding.Remembers, retrained.Membership!.Finding, retrained.Membership.ToString());
        Assert.IsLessThan(nothing.Membership.Unlearned.Auc, retrained.Membership.Unlearned.Auc);
    }

    /// <summary>Rows with right labels: retraining without a few of them moves the others no further than a seed does.</summary>
    [TestMethod]
    public void Audit_RetrainingWithoutOrdinaryRows_PassesAllButNearness()
    {
        var data = Multiclass.Value with { Forget = [.. Mislabelled.Skip(200).Take(12).Select(row => row.RowId)] };
        var report = data.Audit(new RetrainOptions());
        Assert.AreNotEqual(MembershipFinding.Remembers, report.Membership!.Finding, report.Membership.ToString());
        foreach (string name in new[] { "shift-retain", "shift-validation", "accuracy" })
        {
            Assert.IsTrue(report.Judge().Single(check => check.Name == name).Passed, string.Join('\n', report.Judge()));
        }
    }

    [TestMethod]
    public void Audit_AscentThatBreaksTheModel_FailsEveryCheck()
    {
        var report = Multiclass.Value.Audit(new GradientAscentOptions { LearningRate = 0.05, Epochs = 20 });
        foreach (string name in new[] { "membership", "residual-forget", "shift-retain", "shift-validation", "accuracy" })
        {
            Assert.IsFalse(report.Judge().Single(check => check.Name == name).Passed, string.Join('\n', report.Judge()));
        }

        Assert.AreEqual(MembershipFinding.OverForgets, report.Membership!.Finding);
    }

    [TestMethod]
    public void Audit_DatamodelMatching_ReportsItsResidualAndComesNearerThePrediction()
    {
        var report = Multiclass.Value.Audit(Digits.Matching());
        Assert.IsNotNull(report.MatchResidual);
        Assert.IsLessThan(report.ForgetResidual.PredictedChange, report.ForgetResidual.Residual);
        Assert.IsLessThan(report.Membership!.Before!.Auc, report.Membership.Unlearned.Auc);
        Assert.IsTrue(report.NotTested.Any(sentence => sentence.Contains("Retraining", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Audit_RowsAndOptions_AreCheckedAndTheSameTwice()
    {
        var data = Multiclass.Value;
        var result = Ml.Unlearning.Unlearn(data.Model, data.Train, new UnlearningRequest { ForgetRowIds = data.Forget }, new DoNothingOptions());
        using (var unlearned = (IDisposable)result.Model)
        {
            AuditReport first = Ml.Unlearning.Audit(result, data.Train, data.Test), second = Ml.Unlearning.Audit(result, data.Train, data.Test);
            Assert.AreEqual(first with { NotTested = [] }, second with { NotTested = [] });
            // Ids of test rows are optional, and do not matter: here they are those of training rows.
            var renumbered = Ml.Data.LoadFromEnumerable(Digits.Test.Select((row, i) => new DigitRow { RowId = Digits.Train[i].RowId, Pixels = row.Pixels, Digit = row.Digit }));
            Assert.AreEqual(first.OriginalAccuracy, Ml.Unlearning.Audit(result, data.Train, renumbered).OriginalAccuracy);
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Ml.Unlearning.Audit(result, data.Train, data.Test, new AuditOptions { MaxRows = 5 }));
            var unknown = Ml.Data.LoadFromEnumerable([new DigitRow { RowId = 77, Digit = "d11", Pixels = new float[64] }]);
            Assert.AreEqual(77, Assert.ThrowsExactly<RowDataException>(() => Ml.Unlearning.Audit(result, data.Train, unknown)).RowId);
            Assert.ThrowsExactly<RowDataException>(() => Ml.Unlearning.Audit(result, Ml.Data.TakeRows(data.Train, 500), data.Test));
            using var cancelled = new CancellationTokenSource();
            cancelled.Cancel();
            Assert.ThrowsExactly<OperationCanceledException>(() => Ml.Unlearning.Audit(result, data.Train, data.Test, null, cancelled.Token));
        }

        Assert.ThrowsExactly<ObjectDisposedException>(() => Ml.Unlearning.Audit(result, data.Train, data.Test));
    }

    [TestMethod]
    public void Audit_BankWithTwoFullMembers_SaysWhatIsMissing()
    {
        var options = Digits.SmallOptions();
        options.Bank = new ModelBankOptions { Members = 2, FullMembers = 2 };
        using var model = Digits.Pipeline(Ml, options).Fit(Digits.TrainView(Ml));
        var result = Ml.Unlearning.Unlearn(model, Digits.TrainView(Ml), new UnlearningRequest { ForgetRowIds = [Digits.Train[3].RowId] }, new DoNothingOptions());
        using var unlearned = result.Model;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Unlearning.Audit(result, Digits.TrainView(Ml), Digits.TestView(Ml))).Message, "FullMembers");
    }

    private static Case Create(string task)
    {
        if (task == "multiclass")
        {
            return Multiclass.Value;
        }

        NeuralNetworkOptions options = task == "binary" ? BinaryData.SmallOptions() : RegressionData.SmallOptions(label: task == "outputs" ? "Labels" : "Label");
        options.Bank = Bank;
        return task == "binary"
            ? new Case(BinaryData.Pipeline(Ml, (NeuralNetworkBinaryOptions)options).Fit(BinaryData.TrainView(Ml)), BinaryData.TrainView(Ml), BinaryData.TestView(Ml), BinaryData.Mislabelled)
            : new Case(RegressionData.Pipeline(Ml, (NeuralNetworkRegressionOptions)options).Fit(RegressionData.TrainView(Ml)), RegressionData.TrainView(Ml), RegressionData.TestView(Ml), RegressionData.Spoiled);
    }

    private static Case CreateMulticlass()
    {
        var options = Digits.SmallOptions();
        options.Epochs = 20;
        options.Bank = Bank;
        var train = Ml.Data.LoadFromEnumerable(Mislabelled);
        return new Case(Digits.Pipeline(Ml, options).Fit(train), train, Digits.TestView(Ml), [.. Mislabelled.Take(12).Select(row => row.RowId)]);
    }

    private sealed record Case(ITransformer Model, IDataView Train, IDataView Test, long[] Forget)
    {
        public AuditReport Audit(IUnlearnerOptions method)
        {
            var result = Ml.Unlearning.Unlearn(Model, Train, new UnlearningRequest { ForgetRowIds = Forget }, method);
            using var unlearned = (IDisposable)result.Model;
            return Ml.Unlearning.Audit(result, Train, Test);
        }
    }
}
