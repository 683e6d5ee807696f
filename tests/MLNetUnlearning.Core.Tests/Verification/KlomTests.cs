using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>KLoM against histograms worked out by hand. Tolerance 1e-12: double arithmetic on shares.</summary>
[TestClass]
public sealed class KlomTests
{
    private const double Tolerance = 1e-12;

    private static readonly double Worst = Math.Log(1e5);

    [TestMethod]
    public void Divergence_WorkedByHand_IsTheSumOverBins()
    {
        // Pooled range 0..20, so bins of width 1: the unlearned are in bins 0, 0, 5, 19, the oracles in bins 0, 5, 5, 19 (20 itself belongs to the last bin).
        // p = 1/2, 1/4, 1/4 and q = 1/4, 1/2, 1/4: 1/2 ln 2 + 1/4 ln 1/2 + 1/4 ln 1.
        double divergence = Klom.Divergence([0, 0.5f, 5.5f, 20], [0.25f, 5, 5.75f, 19]);

        Assert.AreEqual(0.25 * Math.Log(2), divergence, Tolerance);
    }

    [TestMethod]
    public void Divergence_BinWithoutOracle_UsesTheFloor()
    {
        // Width 1 again: unlearned in bins 0, 10; oracles in 0, 19. 1/2 ln(1) + 1/2 ln(1/2 / 1e-5).
        double divergence = Klom.Divergence([0, 10.5f], [0.5f, 20]);

        Assert.AreEqual(0.5 * Math.Log(0.5e5), divergence, Tolerance);
    }

    [TestMethod]
    public void Divergence_UnlearnedAndOraclesSwapped_Differs()
    {
        // Bins of width 1, one oracle bin empty in one direction only: 1 ln(1 / 0.5) against 1/2 ln(1/2 / 1) + 1/2 ln(1/2 / 1e-5).
        float[] narrow = [0, 0.5f], wide = [0.5f, 20];

        Assert.AreEqual(Math.Log(2), Klom.Divergence(narrow, wide), Tolerance);
        Assert.AreEqual(0.5 * Math.Log(0.5) + 0.5 * Math.Log(0.5e5), Klom.Divergence(wide, narrow), Tolerance);
    }

    [TestMethod]
    public void Divergence_EqualSamplesInAnotherOrder_IsZero() => Assert.AreEqual(0, Klom.Divergence([3, 1, 2, 2], [2, 3, 2, 1]), Tolerance);

    [TestMethod]
    public void Divergence_AllMarginsEqual_IsZero() => Assert.AreEqual(0, Klom.Divergence([4, 4, 4], [4, 4, 4]), Tolerance);

    [TestMethod]
    public void Divergence_NoBinShared_IsTheWorst() => Assert.AreEqual(Worst, Klom.Divergence([1, 1.1f], [9, 9.1f]), Tolerance);

    [TestMethod]
    [DataRow(1000f, DisplayName = "diverged upwards")]
    [DataRow(-1000f, DisplayName = "diverged downwards")]
    [DataRow(float.NaN, DisplayName = "not a number")]
    [DataRow(float.PositiveInfinity, DisplayName = "positive infinity")]
    [DataRow(float.NegativeInfinity, DisplayName = "negative infinity")]
    public void Divergence_AllModelsDiverged_IsTheWorst(float margin)
    {
        float[] unlearned = [.. Enumerable.Repeat(margin, 100)];

        Assert.AreEqual(Worst, Klom.Divergence(unlearned, Normal.Sample(100, mean: 4, seed: 1)), Tolerance);
    }

    /// <summary>Infinity is not a very confident model, and not even an oracle that failed the same way makes it right.</summary>
    [TestMethod]
    [DataRow(float.PositiveInfinity, 150f)]
    [DataRow(float.NegativeInfinity, -150f)]
    [DataRow(float.PositiveInfinity, float.PositiveInfinity)]
    [DataRow(float.NaN, float.NaN)]
    public void Divergence_NotFinite_NeverMatches(float unlearned, float oracle) =>
        Assert.AreEqual(Worst, Klom.Divergence([unlearned, unlearned], [oracle, oracle]), Tolerance);

    [TestMethod]
    public void Divergence_OneModelNotANumber_CostsItsShare()
    {
        // Bins of width 0.05 from 0 to 1, the extra bin has a quarter: 1/4 ln(1/4 / 1/2) + 1/2 ln(1/2 / 1/2) + 1/4 ln(1/4 / 1e-5).
        double divergence = Klom.Divergence([float.NaN, 0, 1, 1], [0, 0, 1, 1]);

        Assert.AreEqual(0.25 * Math.Log(0.5) + 0.25 * Math.Log(0.25e5), divergence, Tolerance);
    }

    /// <summary>The published rule drops the largest value: models that all diverged upwards are perfect by it. This is why it is not used.</summary>
    [TestMethod]
    public void Divergence_DivergedUpwards_IsPerfectByThePublishedRule()
    {
        float[] unlearned = [.. Enumerable.Repeat(1000f, 100)], oracles = Normal.Sample(100, mean: 4, seed: 1);

        Assert.AreEqual(0, PublishedKlom.Divergence(unlearned, oracles));
        Assert.AreEqual(Worst, Klom.Divergence(unlearned, oracles), Tolerance);
    }

    /// <summary>Where the dropped value is one of many, the two rules all but agree. Tolerance 0.15: one sample of 100 per side, of a score of about 1.2.</summary>
    [TestMethod]
    public void Divergence_SoundModels_IsCloseToThePublishedRule()
    {
        float[] unlearned = Normal.Sample(100, mean: 1, seed: 2), oracles = Normal.Sample(100, mean: 0, seed: 3);

        Assert.AreEqual(PublishedKlom.Divergence(unlearned, oracles), Klom.Divergence(unlearned, oracles), 0.15);
    }

    [TestMethod]
    public void PerRow_SeveralRows_ScoresEachByItself()
    {
        float[,] unlearned = { { 0, 1 }, { 0.5f, 1.1f } }, oracles = { { 0.5f, 9 }, { 20, 9.1f } };

        double[] rows = Klom.PerRow(unlearned, oracles);

        Assert.HasCount(2, rows);
        Assert.AreEqual(Math.Log(2), rows[0], Tolerance);
        Assert.AreEqual(Worst, rows[1], Tolerance);
    }

    [TestMethod]
    public void PerRow_AnotherNumberOfModels_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Klom.PerRow(new float[3, 2], new float[4, 2]));

        StringAssert.Contains(error.Message, "3 with 4");
        Assert.ThrowsExactly<ArgumentException>(() => Klom.PerRow(new float[0, 2], new float[0, 2]));
    }

    [TestMethod]
    public void PerRow_OtherRows_IsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Klom.PerRow(new float[3, 2], new float[3, 5])).Message, "2 and 5");
}
