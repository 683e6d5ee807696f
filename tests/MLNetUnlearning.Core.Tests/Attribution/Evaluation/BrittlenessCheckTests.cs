using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Core.Tests.Values;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

[TestClass]
public sealed class BrittlenessCheckTests
{
    private static readonly TrainerOptions Training = new() { Epochs = 10, BatchSize = 20 };

    [TestMethod]
    public void Run_InfluentialRows_FlipPredictionsAndRandomOrShuffledOnesDoNot()
    {
        using var rows = Digits.Train(150);
        using var targets = Digits.Create(TestRows());
        var trainer = new Trainer(NetworkSpec.Mlp(24).CreateGraph(rows.FeatureCount, rows.Classes), Training);
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 5, Checkpoints = [0.5, 1] }, 10, seed: 3);
        using var fitted = new ExactKernel(new()).Fit(bank, rows);
        var influence = (IRowInfluence)fitted;
        var check = new BrittlenessCheck(trainer, new() { Sizes = [4, 12], Models = 3 });
        var progress = new ProgressCount();

        var report = check.Run(influence, rows, targets, progress);
        var shuffled = check.Run(new ShuffledInfluence(influence), rows, targets);

        Assert.IsGreaterThan(8, report.Targets.Count);
        Assert.IsGreaterThan(0.6, report.Flipped(12));
        Assert.IsGreaterThanOrEqualTo(report.Flipped(4), report.Flipped(12));
        Assert.IsLessThan(0.25, report.FlippedAtRandom(12));
        Assert.IsLessThan(0.3, shuffled.Flipped(12), "scores of other rows");
        Assert.IsGreaterThan(10, progress.Reports);
    }

    [TestMethod]
    public void Run_TooManyRowsOrCancelled_IsRefusedOrStops()
    {
        using var rows = Digits.Train(20);
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = 1 });
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 1, Checkpoints = [1] }, 1, seed: 3);
        using var fitted = new ExactKernel(new()).Fit(bank, rows);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new BrittlenessCheck(trainer, new() { Sizes = [20] }).Run((IRowInfluence)fitted, rows, rows));
        Assert.ThrowsExactly<OperationCanceledException>(() => new BrittlenessCheck(trainer, new() { Sizes = [2] }).Run((IRowInfluence)fitted, rows, rows, null, new CancellationToken(canceled: true)));
        Assert.AreEqual(0, LiveTensors.LeftBy(() => new BrittlenessCheck(trainer, new() { Sizes = [2], Models = 1 }).Run((IRowInfluence)fitted, rows, rows), times: 2));
    }

    [TestMethod]
    public void Run_Values_IsRefused()
    {
        using var rows = ValueData.Rows(20, outputs: 1);
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, 1), new TrainerOptions { Epochs = 1 });
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 1, Checkpoints = [1] }, 1, seed: 3);
        using var fitted = new Trak(new() { Loss = TrainingLoss.SquaredError }).Fit(bank, rows);

        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new BrittlenessCheck(trainer, new() { Sizes = [2] }).Run((IRowInfluence)fitted, rows, rows)).Message, "needs classes");
    }

    [TestMethod]
    public void Constructor_SettingOutOfRange_NamesIt()
    {
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(2, 2), Training);
        (string Name, BrittlenessOptions Options)[] cases =
            [("Models", new() { Models = 0 }), ("Sizes", new() { Sizes = [] }), ("Sizes", new() { Sizes = [0, 1] }), ("Sizes", new() { Sizes = [3, 3] })];
        foreach (var (name, options) in cases)
        {
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new BrittlenessCheck(trainer, options), name).ParamName);
        }
    }

    private static IEnumerable<(long Id, float[] Pixels, int Digit)> TestRows()
    {
        using var test = Digits.Test();
        return [.. Enumerable.Range(0, 12).Select(row => (test.RowIds[row], test.Features[row].data<float>().ToArray(), (int)test.Labels[row].item<long>()))];
    }
}
