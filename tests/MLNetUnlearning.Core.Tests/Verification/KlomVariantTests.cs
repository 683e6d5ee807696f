using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>The published rules against a second writing of the published codes, and against the constants that their saturation gives.</summary>
[TestClass]
public sealed class KlomVariantTests
{
    [TestMethod]
    [DataRow(KlomVariant.DatamodelMatching)]
    [DataRow(KlomVariant.DataUnlearningBench)]
    [DataRow(KlomVariant.EasyDub)]
    public void Divergence_PublishedRules_FollowThePublishedSteps(KlomVariant variant)
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            // Some pairs far apart, some clipped on one side, some on a coarse grid with many ties at the edges.
            float scale = seed % 3 == 0 ? 60 : 1;
            float[] u = [.. Normal.Sample(100, seed % 5, seed).Select(value => seed % 4 == 0 ? MathF.Round(value * 4) / 4 : value * scale)], o = [.. Normal.Sample(100, 0, seed + 100).Select(value => seed % 4 == 0 ? MathF.Round(value * 4) / 4 : value * scale)];

            double expected = NaiveNumpyKlom.Divergence([.. u.Select(value => (double)value)], [.. o.Select(value => (double)value)], variant);

            Assert.AreEqual(expected, Klom.Divergence(u, o, variant), 1e-9, $"seed {seed}");
        }
    }

    /// <summary>Saturation and the score of equal samples, as computed for the published codes elsewhere.</summary>
    [TestMethod]
    [DataRow(KlomVariant.EasyDub, 11.5129, 0.0)]
    [DataRow(KlomVariant.DatamodelMatching, 11.5131, 1e-5)]
    public void Divergence_DisjointAndEqualSamples_ScoreTheKnownConstants(KlomVariant variant, double saturation, double equal)
    {
        float[] low = [0, 0.1f, 0.2f], high = [9, 9.1f, 9.2f], spread = [.. Enumerable.Range(0, 100).Select(i => i / 10f)];

        Assert.AreEqual(saturation, Klom.Divergence(low, high, variant), 2e-4);
        Assert.AreEqual(equal, Klom.Divergence(spread, spread, variant), 5e-5);
    }

    /// <summary>Why they are not the default: models that all diverged upwards score best, or not at all.</summary>
    [TestMethod]
    public void Divergence_DivergedUpwards_OnlyTheCorrectedRuleScoresWorst()
    {
        float[] diverged = [.. Enumerable.Repeat(1000f, 100)], oracles = Normal.Sample(100, mean: 4, seed: 1);

        Assert.AreEqual(0, Klom.Divergence(diverged, oracles, KlomVariant.EasyDub));
        Assert.IsTrue(double.IsNaN(Klom.Divergence(diverged, oracles, KlomVariant.DatamodelMatching)));
        Assert.AreEqual(Math.Log(1e5), Klom.Divergence(diverged, oracles), 1e-12);
    }

    [TestMethod]
    public void Divergence_DataUnlearningBench_TakesTheOtherDirection()
    {
        float[] wide = Normal.Sample(100, 0, 1), narrow = [.. Normal.Sample(100, 0, 2).Select(value => 0.3f * value)];

        double asPrinted = Klom.Divergence(wide, narrow, KlomVariant.DataUnlearningBench);

        Assert.AreEqual(Klom.Divergence(narrow, wide, KlomVariant.EasyDub), asPrinted, 0.01);
        Assert.IsGreaterThan(1, Math.Abs(Klom.Divergence(wide, narrow, KlomVariant.EasyDub) - asPrinted));
    }

    [TestMethod]
    public void TimesFloor_OtherNumberOfModelsOrRules_IsRefused()
    {
        var measured = new KlomSummary(10, 100, 1, 2);

        Assert.AreEqual(4, measured.TimesFloor(new KlomSummary(10, 100, 0.3, 0.5)));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => measured.TimesFloor(new KlomSummary(10, 50, 0.3, 0.5))).Message, "N = 50");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => measured.TimesFloor(new KlomSummary(10, 100, 0.3, 0.5) { Variant = KlomVariant.EasyDub })).Message, "EasyDub");
    }

    /// <summary>Intervals hold the expected value where rows share their models, and shrink with their number. 40 of 40 may miss by chance at 95 %; fewer than 34 would be wrong.</summary>
    [TestMethod]
    public void Summarize_ManySamples_IntervalsHoldTheExpectedValue()
    {
        KlomSummary[] draws = [.. Enumerable.Range(0, 40).Select(i => Draw(60, (ulong)i))];
        double mean = draws.Average(draw => draw.Mean), p95 = draws.Average(draw => draw.P95);

        Assert.IsGreaterThanOrEqualTo(34, draws.Count(draw => draw.MeanInterval!.Contains(mean)));
        Assert.IsGreaterThanOrEqualTo(34, draws.Count(draw => draw.P95Interval!.Contains(p95)));
        Assert.IsTrue(draws.All(draw => draw.P95Interval!.Contains(draw.P95)));
        // Negative control: not by being so wide that everything fits.
        Assert.IsTrue(draws.All(draw => !draw.MeanInterval!.Contains(mean + 1)));
    }

    private static KlomSummary Draw(int models, ulong seed) =>
        KlomBootstrap.Summarize(Normal.Samples(models, 30, 1, 2 * seed + 1), Normal.Samples(models, 30, 0, 2 * seed + 2), KlomVariant.Corrected, 60, 0.95, seed, default);
}
