using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Core.Tests.Values;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

[TestClass]
public sealed class LeaveOneOutCheckTests
{
    private static readonly TrainerOptions Training = new() { Epochs = 40, BatchSize = 20, LearningRate = 0.3, WeightDecay = 5e-3 };

    /// <summary>Softmax regression has one optimum, so a single row's effect is far above the noise between seeds, and the step predicts it well.</summary>
    [TestMethod]
    public void Run_SoftmaxRegression_PredictionsCorrelateAndThoseOfOtherRowsDoNot()
    {
        using var rows = Digits.Train(60);
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, rows.Classes), Training);
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 3, Checkpoints = [1] }, 40, seed: 3);
        using var fitted = new ExactKernel(new() { WeightDecay = 5e-3, Damping = 1 }).Fit(bank, rows);
        var progress = new ProgressCount();

        var report = new LeaveOneOutCheck(trainer, new() { Rows = 12, Models = 5 }).Run(fitted, rows, rows.Features, progress);

        Assert.HasCount(12, report.RowIds);
        Assert.AreEqual(12 * 60, report.Error.Targets);
        Assert.IsGreaterThan(0.8, report.Error.Correlation);
        Assert.IsGreaterThan(0.6, report.Error.R2);
        Assert.IsGreaterThan(0.8, report.Error.Ceiling);
        Assert.IsLessThan(0.4, report.Control.Correlation, "predictions for other rows");
        Assert.IsGreaterThan(12, progress.Reports);
    }

    /// <summary>Ridge regression of one value, in full batches to convergence: truth and step are both exact, so all that is left is rounding.</summary>
    [TestMethod]
    public void Run_RidgeRegressionOfOneValue_PredictionsAreExactAndThoseOfOtherRowsAreNot()
    {
        using var rows = ValueData.Rows(60, outputs: 1);
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, 1), new TrainerOptions { Epochs = 400, BatchSize = 60, LearningRate = 0.3, Schedule = LearningRateSchedule.Cosine, WeightDecay = 1e-2 });
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 1, Checkpoints = [1] }, 400, seed: 3);
        using var fitted = new ExactKernel(new() { Loss = TrainingLoss.SquaredError, WeightDecay = 1e-2, Damping = 1 }).Fit(bank, rows);

        var report = new LeaveOneOutCheck(trainer, new() { Rows = 8, Models = 2 }).Run(fitted, rows, rows.Features);

        Assert.IsGreaterThan(0.99, report.Error.R2);
        Assert.IsLessThan(0.5, report.Control.R2, "predictions for other rows");
    }

    [TestMethod]
    public void Run_GivenRows_LeavesOutThose()
    {
        using var rows = Digits.Train(30);
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = 1 });
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 1, Checkpoints = [1] }, 1, seed: 3);
        using var fitted = new ExactKernel(new()).Fit(bank, rows);

        var report = new LeaveOneOutCheck(trainer, new() { RowIds = [4, 2, 11], Models = 2 }).Run(fitted, rows, rows.Features);

        CollectionAssert.AreEqual(new long[] { 2, 4, 11 }, report.RowIds.ToArray());
        Assert.AreEqual(5L, Assert.ThrowsExactly<RowDataException>(() => new LeaveOneOutCheck(trainer, new() { RowIds = [4, 5] }).Run(fitted, rows, rows.Features)).RowId);
        Assert.AreEqual("rows", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LeaveOneOutCheck(trainer, new() { Rows = 31 }).Run(fitted, rows, rows.Features)).ParamName);
        Assert.ThrowsExactly<OperationCanceledException>(() => new LeaveOneOutCheck(trainer, new() { Models = 2 }).Run(fitted, rows, rows.Features, null, new CancellationToken(canceled: true)));
        Assert.AreEqual(0, LiveTensors.LeftBy(() => new LeaveOneOutCheck(trainer, new() { Rows = 2, Models = 2 }).Run(fitted, rows, rows.Features), times: 2));
    }

    [TestMethod]
    public void Constructor_SettingOutOfRange_NamesIt()
    {
        var trainer = new Trainer(NetworkSpec.Linear().CreateGraph(2, 2), Training);
        (string Name, LeaveOneOutOptions Options)[] cases = [("Rows", new() { Rows = 1 }), ("Models", new() { Models = 1 }), ("RowIds", new() { RowIds = [1] })];
        foreach (var (name, options) in cases)
        {
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LeaveOneOutCheck(trainer, options), name).ParamName);
        }
    }
}
