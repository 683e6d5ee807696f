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

        double[] variances = Variances(bank);
        var (leaving, staying) = (1.0, 1.0);
        for (int i = 0; i < 3; i++)
        {
            var plan = bank.Members[2 + i];
            int full = bank.Members.ToList().FindIndex(member => member.Seed == plan.Seed);
            using var student = bank.Models.Final.Slice(full, 1);
            using var truth = bank.Models.Final.Slice(2 + i, 1);
            using var outcome = new GaussNewtonStep(result.Chosen).Unlearn(new UnlearningRequest { ForgetRowIds = plan.ExcludedRowIds }, new UnlearningContext { Models = student, Rows = Rows });
            var index = Rows.IndexesOf(plan.ExcludedRowIds).Select(row => (long)row).ToArray();
            long[] others = [.. Enumerable.Range(0, Rows.Count).Select(row => (long)row).Except(index)];
            leaving *= Distance(outcome.Models, truth, index, variances) / Distance(student, truth, index, variances);
            staying *= Distance(outcome.Models, truth, others, variances) / Distance(student, truth, others, variances);
        }

        Assert.AreEqual(Math.Cbrt(leaving), result.Best.ErrorLeaving, 1e-3);
        Assert.AreEqual(Math.Cbrt(staying), result.Best.ErrorStaying, 1e-3);
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

    /// <summary>An error that is not a number sorts before all others, and must not be taken for the least.</summary>
    [TestMethod]
    public void Calibrate_SettingThatRunsAway_IsNotChosen()
    {
        using var bank = Bank(deletions: 2);
        var options = Options();
        (options.Dampings, options.Shrinkages, options.Multipliers) = ([20], [0], [1e60, 1]);

        var result = new GaussNewtonStepCalibration(options).Calibrate(bank, Rows);

        Assert.IsFalse(double.IsFinite(result.Trials[0].Error));
        Assert.AreEqual(1, result.Chosen.Multiplier);

        options.Multipliers = [1e60];
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => new GaussNewtonStepCalibration(options).Calibrate(bank, Rows)).Message, "Dampings that are larger");
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

    /// <summary>Mean squared difference of margins, each in units of the row's variance over trainings.</summary>
    private static double Distance(ModelStack a, ModelStack b, long[] rows, double[] variances)
    {
        float[] x = MarginsOf(a), y = MarginsOf(b);
        return rows.Average(row => Math.Pow(x[row] - y[row], 2) / variances[row]);
    }

    /// <summary>Variance of each row's margin over the members that saw it, and a quarter of the median row's.</summary>
    private static double[] Variances(ModelBank bank)
    {
        float[][] margins = [.. Enumerable.Range(0, bank.Members.Count).Select(member =>
        {
            using var one = bank.Models.Final.Slice(member, 1);
            return MarginsOf(one);
        })];
        double[] own = [.. Enumerable.Range(0, Rows.Count).Select(row =>
        {
            double[] seen = [.. Enumerable.Range(0, margins.Length).Where(member => !bank.Members[member].ExcludedRowIds.Contains(Rows.RowIds[row])).Select(member => (double)margins[member][row])];
            return seen.Sum(margin => Math.Pow(margin - seen.Average(), 2)) / (seen.Length - 1);
        })];
        double median = own.Order().ElementAt((own.Length - 1) / 2);
        return [.. own.Select(variance => variance + (median / 4))];
    }

    private static float[] MarginsOf(ModelStack model)
    {
        using var logits = model.Logits(Rows.Features);
        return [.. Margins.Of(logits, Rows.Labels).Cast<float>()];
    }
}
