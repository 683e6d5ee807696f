using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests.Training;

[TestClass]
public sealed class TrainerTests
{
    private static IEnumerable<NetworkGraph> Graphs => Runs.Graphs;

    private static IEnumerable<NetworkSpec> Specs => [NetworkSpec.Linear(), NetworkSpec.Mlp(128, 64), NetworkSpec.SmallCnn(new ImageShape(1, 8, 8))];

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void Train_DefaultOptions_LearnsDigits(NetworkSpec spec)
    {
        using var scope = torch.NewDisposeScope();
        using var train = Digits.Train();
        using var test = Digits.Test();
        var graph = spec.CreateGraph(Digits.Pixels, Digits.Classes);
        using var models = Runs.Train(graph, train, [MemberPlan.Full(1), MemberPlan.Full(2)], new TrainerOptions());

        var correct = models.Logits(test.Features).argmax(2).eq(test.Labels).to_type(torch.ScalarType.Float32).mean([1L]);

        // Chance is 0.1; logistic regression reaches about 0.95 on these rows.
        Assert.IsGreaterThan(0.92f, correct.min().item<float>(), $"Accuracy of the models: {string.Join(", ", correct.data<float>().ToArray())}");
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_Checkpoints_HoldTheModelsOfThoseEpochs(NetworkGraph graph)
    {
        // At a constant rate, training on is the same as having been asked for fewer epochs.
        using var rows = Digits.Train(100);
        MemberPlan[] members = [MemberPlan.Full(1), new(2, [.. rows.RowIds.Take(60)])];
        TrainerOptions Constant(int epochs) => Runs.Options(o => (o.Epochs, o.Schedule, o.LearningRate) = (epochs, LearningRateSchedule.Constant, 0.02));
        using var trained = new Trainer(graph, Constant(4)).Train(rows, members, [4, 1, 3, 1]);

        CollectionAssert.AreEqual(new[] { 1, 3, 4 }, trained.Checkpoints.Select(checkpoint => checkpoint.Epoch).ToArray());
        foreach (var (epoch, models) in trained.Checkpoints)
        {
            using var shorter = Runs.Train(graph, rows, members, Constant(epoch));
            Assert.AreEqual(Bits.Of(shorter), Bits.Of(models), $"epoch {epoch}");
        }

        Assert.AreEqual(Bits.Of(trained.Final), Bits.Of(trained.Checkpoints[^1].Models));
        Assert.AreNotEqual(Bits.Of(trained.Final), Bits.Of(trained.Checkpoints[0].Models));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(4)]
    public void Train_CheckpointOutsideTheRun_Throws(int epoch)
    {
        using var rows = Digits.Train(20);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Trainer(Runs.Mlp, Runs.Options()).Train(rows, [MemberPlan.Full(1)], [epoch]));
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_Progress_CountsModelEpochsUpToTheTotalWithFallingLoss(NetworkGraph graph)
    {
        using var rows = Digits.Train(300);
        var progress = new RecordedProgress();
        MemberPlan[] members = [MemberPlan.Full(1), MemberPlan.Full(2), MemberPlan.Full(3)];
        using var trained = new Trainer(graph, Runs.Options(o => (o.Epochs, o.MaxWorkers) = (6, 1))).Train(rows, members, null, "lesson", progress);

        Assert.IsTrue(progress.Reports.All(report => report.Stage == "lesson" && report.Total == 18));
        Assert.AreEqual(18, progress.Reports[^1].Done);
        Assert.IsTrue(progress.Reports.Zip(progress.Reports.Skip(1)).All(pair => pair.First.Done < pair.Second.Done));
        Assert.AreEqual(Math.Log(10), progress.Reports[0].Loss!.Value, 0.5, "The first epoch starts near the loss of a guess.");
        Assert.IsLessThan(progress.Reports[0].Loss!.Value, progress.Reports[^1].Loss!.Value);
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_CancelledOnTheFirstReport_Throws(NetworkGraph graph)
    {
        using var rows = Digits.Train(100);
        using var source = new CancellationTokenSource();
        var progress = new RecordedProgress { OnReport = source.Cancel };

        Assert.ThrowsExactly<OperationCanceledException>(() =>
            new Trainer(graph, Runs.Options(o => o.Epochs = 1000)).Train(rows, [MemberPlan.Full(1), MemberPlan.Full(2)], progress: progress, cancellationToken: source.Token));

        Assert.IsLessThan(1000, progress.Reports.Count);
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_AgainAndAgain_LeavesNoTensorBehind(NetworkGraph graph)
    {
        using var rows = Digits.Train(40);

        Assert.AreEqual(0, LiveTensors.LeftBy(() =>
        {
            using var trained = new Trainer(graph, Runs.Options()).Train(rows, [MemberPlan.Full(1), new(2, [rows.RowIds[0]])], [1]);
        }, times: 3));
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_Cancelled_LeavesNoTensorBehind(NetworkGraph graph)
    {
        using var rows = Digits.Train(40);
        var cancelled = new CancellationToken(canceled: true);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => Assert.ThrowsExactly<OperationCanceledException>(() =>
            new Trainer(graph, Runs.Options()).Train(rows, [MemberPlan.Full(1)], [1], cancellationToken: cancelled)), times: 3));
    }
}
