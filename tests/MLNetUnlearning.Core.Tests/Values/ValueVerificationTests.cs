using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Values;

/// <summary>Verification by the residuals of values.</summary>
[TestClass]
public sealed class ValueVerificationTests
{
    [TestMethod]
    public void Margins_Values_AreResidualsOfEveryOutput()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }, [2, 2, 2]);
        float[,] margins = Margins.Of(outputs, tensor(new float[] { 1, 1, 1, 1 }, [2, 2]));
        CollectionAssert.AreEqual(new float[,] { { 0, 1, 2, 3 }, { 4, 5, 6, 7 } }, margins);
    }

    /// <summary>R² and loss as written out for one model after the other.</summary>
    [TestMethod]
    public void Of_ValuesInBlocks_EqualsTheNaiveFigures()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(50);
        using var models = ModelStack.Initialize(NetworkSpec.Mlp(8).CreateGraph(6, 2), [1, 2, 3]);
        var sample = OutputSample.Of(models, rows, CancellationToken.None);
        using var outputs = models.Logits(rows.Features);
        double determination = 0;
        for (int model = 0; model < 3; model++)
        {
            for (int output = 0; output < 2; output++)
            {
                var truth = rows.Labels.select(1, output);
                double unexplained = outputs[model].select(1, output).sub(truth).pow(Held(2)).sum().item<float>(), all = truth.sub(truth.mean()).pow(Held(2)).sum().item<float>();
                determination += (1 - (unexplained / all)) / 6;
            }
        }

        Assert.AreEqual(determination, sample.Accuracy, 1e-5);
        Assert.AreEqual(outputs.sub(rows.Labels).pow(Held(2)).sum().item<float>() / 2 / 150, sample.Loss, 1e-5);
        Assert.IsTrue(double.IsNaN(sample.Confidence));
        Assert.AreEqual(outputs[2][49][1].item<float>() - rows.Labels[49][1].item<float>(), sample.Margins[2, 99], 1e-6f);
    }

    /// <summary>Retraining is at the floor, doing nothing is not: rows with wrong values pull a model far.</summary>
    [TestMethod]
    public void Verify_WrongValues_TellsRetrainingFromDoingNothing()
    {
        using var clean = ValueData.Rows(150, outputs: 1);
        int[] wrong = [.. Enumerable.Range(0, 12)];
        float[] values = clean.Labels.data<float>().ToArray();
        foreach (int row in wrong)
        {
            values[row] += 4;
        }

        using var rows = LabeledRows.CreateWithValues(clean.Features.data<float>().ToArray(), 6, values, 1, [.. clean.RowIds]);
        using var validation = ValueData.Rows(60, outputs: 1);
        var trainer = new Trainer(NetworkSpec.Mlp(16).CreateGraph(6, 1), new TrainerOptions { Epochs = 30, LearningRate = 0.02, BatchSize = 32 });
        var verifier = new Verifier(trainer, new VerificationOptions { Oracles = 20 });
        var request = new UnlearningRequest { ForgetRowIds = [.. wrong.Select(row => rows.RowIds[row])] };
        using var one = trainer.Train(rows, [new MemberPlan(77, request.ForgetRowIds)]).Final;
        var report = verifier.Verify(new Retrain(new()), request, rows, validation, deployed: one);
        Assert.AreEqual(12, report.Unlearned.Forget.Rows);
        Assert.IsGreaterThan(1.5 * report.Unlearned.Forget.Mean, report.DoNothing.Forget.Mean);
        Assert.IsLessThan(1.4 * report.Floor.Forget.Mean, report.Unlearned.Forget.Mean);
        Assert.IsTrue(report.OracleAccuracy is > 0.3 and < 1, "R²");
        Assert.AreEqual(MembershipFinding.NothingFound, report.Membership!.Finding, report.Membership.ToString());
        Assert.IsGreaterThan(0.9, report.Membership.Power);
        MembershipFinding Deployed(ModelStack model) => verifier.Verify(new DoNothing(), request, rows, validation, deployed: model).Membership!.Finding;
        using var original = trainer.Train(rows, [MemberPlan.Full(77)]).Final;
        Assert.AreEqual(MembershipFinding.Remembers, Deployed(original));
        Assert.IsTrue(report.Judge().Single(check => check.Name == "accuracy").Passed);
    }

    [TestMethod]
    public void Verify_ValidationRowsWithClasses_IsRefused()
    {
        using var rows = ValueData.Rows(30, features: 64, outputs: 10);
        using var classes = Digits.Train(30);
        var verifier = new Verifier(new Trainer(NetworkSpec.Linear().CreateGraph(64, 10), new TrainerOptions()), new VerificationOptions());
        StringAssert.Contains(Assert.ThrowsExactly<RowDataException>(() => verifier.Verify(new DoNothing(), new UnlearningRequest { ForgetRowIds = [1] }, rows, classes)).Message, "values");
    }
}
