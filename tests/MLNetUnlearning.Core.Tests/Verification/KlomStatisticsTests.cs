using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>KLoM of normal samples: what sampling alone scores, and how the score grows.</summary>
[TestClass]
public sealed class KlomStatisticsTests
{
    /// <summary>600 rows of 100 models a side. The bounds are about three standard errors around an independent simulation of 600 rows.</summary>
    [TestMethod]
    public void PerRow_SamplesOfOneDistribution_ScoreTheKnownFloor()
    {
        var floor = Score(models: 100, rows: 600, shift: 0);

        Assert.AreEqual(0.34, floor.Mean, 0.05);
        Assert.AreEqual(0.62, floor.P95, 0.1);
    }

    /// <summary>The fewer the models, the higher the floor: values at different N cannot be compared.</summary>
    [TestMethod]
    public void PerRow_FewModels_ScoreAHigherFloor() => Assert.AreEqual(3.03, Score(models: 20, rows: 600, shift: 0).Mean, 0.15);

    [TestMethod]
    public void PerRow_GrowingShift_ScoresHigherAndHigher()
    {
        double[] means = [.. new[] { 0, 0.5, 1, 2, 4 }.Select(shift => Score(models: 100, rows: 200, shift).Mean)];

        // Mean scores of an independent simulation at the same shifts, in standard deviations.
        double[] expected = [0.34, 0.56, 1.17, 3.61, 8.55];
        for (int i = 0; i < means.Length; i++)
        {
            Assert.AreEqual(expected[i], means[i], 0.05 + 0.05 * expected[i], $"shift {i}");
            Assert.IsTrue(i == 0 || means[i] > means[i - 1]);
        }
    }

    private static KlomSummary Score(int models, int rows, double shift) =>
        KlomSummary.Of(Klom.PerRow(Normal.Samples(models, rows, shift, seed: 21), Normal.Samples(models, rows, 0, seed: 22)), models);
}
