using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>Ten steps of two epochs, peak 1, warm-up over the first two steps; rates are taken at the middle of a step.</summary>
[TestClass]
public sealed class LearningRatesTests
{
    [TestMethod]
    public void At_Constant_IsThePeak() => Check(LearningRateSchedule.Constant, 0.2, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);

    [TestMethod]
    public void At_Triangular_RisesAndFallsInStraightLines() =>
        Check(LearningRateSchedule.Triangular, 0.2, [0.25, 0.75, 15 / 16.0, 13 / 16.0, 11 / 16.0, 9 / 16.0, 7 / 16.0, 5 / 16.0, 3 / 16.0, 1 / 16.0]);

    [TestMethod]
    public void At_TriangularWithoutWarmup_FallsFromTheStart() =>
        Check(LearningRateSchedule.Triangular, 0, [0.95, 0.85, 0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15, 0.05]);

    [TestMethod]
    public void At_Cosine_RisesInAStraightLineAndFallsAsHalfACosine() =>
        Check(LearningRateSchedule.Cosine, 0.2, [0.25, 0.75, .. Enumerable.Range(0, 8).Select(i => 0.5 + 0.5 * Math.Cos(Math.PI * (2 * i + 1) / 16))]);

    [TestMethod]
    public void At_Exponential_FallsByFivePercentAnEpoch() =>
        Check(LearningRateSchedule.Exponential, 0.2, [1, 1, 1, 1, 1, 0.95, 0.95, 0.95, 0.95, 0.95]);

    private static void Check(LearningRateSchedule schedule, double warmup, double[] expected)
    {
        var options = new TrainerOptions { Epochs = 2, LearningRate = 3, Schedule = schedule, WarmupShare = warmup };
        for (int step = 0; step < 10; step++)
        {
            Assert.AreEqual(3 * expected[step], LearningRates.At(options, step, stepsPerEpoch: 5), 1e-12, $"step {step}");
        }
    }
}
