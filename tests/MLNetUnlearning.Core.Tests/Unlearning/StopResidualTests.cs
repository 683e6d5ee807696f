using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>Fine-tuning that stops when the models have come close enough to their targets.</summary>
[TestClass]
public sealed class StopResidualTests
{
    [TestMethod]
    public void Unlearn_CloseEnoughAfterTheFirstEpoch_EqualsOneEpoch()
    {
        using var scene = new UnlearningScene(models: 3);

        using var stopped = Match(scene, epochs: 6, stop: 0.999);
        using var one = Match(scene, epochs: 1, stop: 0);
        using var all = Match(scene, epochs: 6, stop: 0);

        Assert.AreEqual(Bits.Of(one.Models), Bits.Of(stopped.Models));
        Assert.AreNotEqual(Bits.Of(all.Models), Bits.Of(stopped.Models), "the negative control: there was more to train");
    }

    [TestMethod]
    public void Unlearn_NeverCloseEnough_EqualsAllEpochs()
    {
        using var scene = new UnlearningScene(models: 2);

        using var asked = Match(scene, epochs: 3, stop: 1e-6);
        using var all = Match(scene, epochs: 3, stop: 0);

        Assert.AreEqual(Bits.Of(all.Models), Bits.Of(asked.Models));
    }

    /// <summary>Each model stops by its own distance.</summary>
    [TestMethod]
    public void Unlearn_StudentsTogether_EqualStudentsAlone()
    {
        using var scene = new UnlearningScene(models: 6);
        using var together = Match(scene, epochs: 30, stop: 0.35);
        using var all = Match(scene, epochs: 30, stop: 0);
        for (int i = 0; i < 6; i++)
        {
            using var student = scene.Students.Slice(i, 1);

            using var alone = Method(30, 0.35).Unlearn(scene.Request, new UnlearningContext { Models = student, Rows = scene.Rows, Attributor = scene.Truth });

            Assert.AreEqual(Bits.Of(together.Models, i), Bits.Of(alone.Models, 0));
            Assert.AreNotEqual(Bits.Of(all.Models, i), Bits.Of(alone.Models, 0), "the negative control: it stopped early");
        }
    }

    private static UnlearningOutcome Match(UnlearningScene scene, int epochs, double stop) => Method(epochs, stop).Unlearn(scene.Request, scene.Context(scene.Truth));

    private static DatamodelMatching Method(int epochs, double stop) =>
        new(new DatamodelMatchingOptions { Epochs = epochs, StopResidual = stop, MinSteps = 1, Schedule = LearningRateSchedule.Constant, LearningRate = 2e-3 });
}
