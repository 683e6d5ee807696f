using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class GaussNewtonStepCalibrationTests
{
    private static readonly LabeledRows Rows = Digits.Train(300);

    /// <summary>The errors of a trial, computed anew with the unlearner itself; with so many staying rows all of them are judged.</summary>
    [TestMethod]
    public void Calibrate_Chosen_HasTheErrorsOfTheStepItself()
    {
        using var scope = NewDisposeScope();
        using var bank = Bank(deletions: 3);
        var result = new GaussNewtonStepCalibration(Options()).Calibrate(bank, Rows);

        var (leaving, staying, nothingLeaving, nothingStaying) = (0.0, 0.0, 0.0, 0.0);
        for (int i = 0; i < 3; i++)
        {
            var plan = bank.Members[2 + i];
            int full = bank.Members.ToList().FindIndex(member => member.Seed == plan.Seed);
            using var student = bank.Models.Final.Slice(full, 1);
            using var truth = bank.Models.Final.Slice(2 + i, 1);
            using var outcome = new GaussNewtonStep(result.Chosen).Unlearn(new UnlearningRequest { ForgetRowIds = plan.ExcludedRowIds }, new UnlearningContext { Models = student, Rows = Rows });
            var index = Rows.IndexesOf(plan.ExcludedRowIds).Select(row => (long)row).ToArray();
            long[] others = [.. Enumerable.Range(0, Rows.Count).Select(row => (long)row).Except(index)];
            leaving += Distance(outcome.Models, truth, index);
            staying += Distance(outcome.Models, truth, others);
            nothingLeaving += Distance(student, truth, index);
            nothingStaying += Distance(student, truth, others);
        }

        Assert.AreEqual(leaving / nothingLeaving, result.Best.ErrorLeaving, 1e-3);
        Assert.AreEqual(staying / nothingStaying, result.Best.ErrorStaying, 1e-3);
        Assert.AreEqual(3, result.Deletions);
        Assert.HasCount(12, result.Trials);
        Assert.AreEqual(result.Trials.Min(trial => trial.Error), result.Best.Error);
        Assert.AreEqual((result.Best.Damping, result.Best.Multiplier, result.Best.Shrinkage), (result.Chosen.Damping, result.Chosen.Multiplier, result.Chosen.Shrinkage));
    }

    /// <summary>The negative control: members that lack other rows than the plan says teach that the step is worth less.</summary>
    [TestMethod]
    public void Calibrate_MembersThatLackOtherRows_FindsTheStepWorse()
    {
        using var bank = Bank(deletions: 4);
        MemberPlan[] shuffled = [.. bank.Members.Take(2), .. bank.Members.Skip(2).Select((member, i) => member with { ExcludedRowIds = bank.Members[2 + ((i + 2) % 4)].ExcludedRowIds })];
        var wrong = new ModelBank(shuffled, 2, bank.Models);

        double right = new GaussNewtonStepCalibration(Options()).Calibrate(bank, Rows).Best.ErrorLeaving;
        double control = new GaussNewtonStepCalibration(Options()).Calibrate(wrong, Rows).Best.ErrorLeaving;

        Assert.IsLessThan(0.8, right);
        Assert.IsGreaterThan(0.9, control);
    }

    [TestMethod]
    public void Calibrate_Run_ReportsEachDeletionAndLeavesNoTensors()
    {
        using var bank = Bank(deletions: 2);
        var progress = new ProgressCount();

        long left = LiveTensors.LeftBy(() => new GaussNewtonStepCalibration(Options()).Calibrate(bank, Rows, progress), 2);

        Assert.AreEqual(0, left);
        Assert.AreEqual(3 * 2, progress.Reports);
    }

    [TestMethod]
    public void Calibrate_BankWithoutDeletions_SaysWhatToDo()
    {
        using var bank = Bank(deletions: 0);

        var error = Assert.ThrowsExactly<ArgumentException>(() => new GaussNewtonStepCalibration(Options()).Calibrate(bank, Rows));

        StringAssert.Contains(error.Message, "Members above 0");
    }

    [TestMethod]
    public void Create_SettingOutOfRange_NamesTheSetting()
    {
        foreach (var (setting, options) in new (string, GaussNewtonStepCalibrationOptions)[]
        {
            ("Dampings", new() { Dampings = [] }),
            ("Multipliers", new() { Multipliers = [1, 0] }),
            ("Shrinkages", new() { Shrinkages = [-1] }),
            ("maxDeletions", new() { MaxDeletions = 0 }),
            ("stayingRows", new() { StayingRows = 0 }),
            ("Iterations", new() { Step = new() { Iterations = 0 } }),
        })
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new GaussNewtonStepCalibration(options)).Message, setting, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static GaussNewtonStepCalibrationOptions Options() =>
        new() { Step = new() { Iterations = 6 }, Dampings = [10, 20], Multipliers = [0.8, 1.2, 1.6], Shrinkages = [0, 0.3], StayingRows = 1000 };

    private static ModelBank Bank(int deletions)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(24).CreateGraph(Rows.FeatureCount, Rows.Classes), new TrainerOptions { Epochs = 15, LearningRate = 0.1 });
        return ModelBank.Train(trainer, Rows, new ModelBankOptions { FullMembers = 2, Members = deletions, Checkpoints = [1] }, 15, seed: 3);
    }

    /// <summary>Mean squared difference of sorted margins.</summary>
    private static double Distance(ModelStack a, ModelStack b, long[] rows)
    {
        using var scope = NewDisposeScope();
        Tensor features = Rows.Features.index_select(0, tensor(rows)), labels = Rows.Labels.index_select(0, tensor(rows));
        using Tensor first = a.Logits(features), second = b.Logits(features);
        float[] x = [.. Margins.Of(first, labels).Cast<float>().Order()], y = [.. Margins.Of(second, labels).Cast<float>().Order()];
        return x.Zip(y, (one, other) => Math.Pow(one - other, 2)).Average();
    }
}
