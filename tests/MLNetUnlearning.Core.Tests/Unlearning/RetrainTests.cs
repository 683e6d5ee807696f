using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class RetrainTests
{
    [TestMethod]
    public void Unlearn_WholeTraining_IsTheTrainersOwn()
    {
        using var scene = new UnlearningScene(models: 2);

        using var outcome = Run(scene, 1);
        using var expected = scene.Trainer.Train(scene.Rows, [.. Enumerable.Range(0, 2).Select(i => new MemberPlan(StableRandom.Mix(scene.Request.Seed, StableRandom.Retraining, (ulong)i), scene.Request.ForgetRowIds))]);

        Assert.AreEqual(Bits.Of(expected.Final), Bits.Of(outcome.Models));
    }

    [TestMethod]
    [DataRow(0.2, 3)]
    [DataRow(0.01, 1)]
    public void Unlearn_Share_TakesThatShareOfTheEpochs(double share, int epochs)
    {
        using var scene = new UnlearningScene(models: 1);
        var progress = new ProgressCount();

        using var outcome = Run(scene, share, progress);

        Assert.AreEqual(epochs, progress.Reports);
    }

    [TestMethod]
    public void Unlearn_Run_LeavesNoTensors()
    {
        using var scene = new UnlearningScene(models: 1);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => Run(scene, 0.1).Dispose(), 2));
    }

    private static UnlearningOutcome Run(UnlearningScene scene, double share, ProgressCount? progress = null) => new Retrain(new() { Share = share })
        .Unlearn(scene.Request, new UnlearningContext { Models = scene.Students, Rows = scene.Rows, Trainer = scene.Trainer }, progress);
}
