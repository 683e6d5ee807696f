using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>The percentile is numpy's default: linear interpolation at 0.95 (n - 1).</summary>
[TestClass]
public sealed class KlomSummaryTests
{
    [TestMethod]
    [DataRow(new[] { 7.0 }, 7.0)]
    [DataRow(new[] { 2.0, 1.0 }, 1.95)]
    [DataRow(new[] { 3.0, 1.0, 2.0 }, 2.9)]
    [DataRow(new[] { 1.0, 2.0, 4.0, 8.0, 16.0 }, 14.4)]
    [DataRow(new[] { 0.0, 0.0, 0.0, 10.0 }, 8.5)]
    public void Of_SmallArrays_InterpolatesLikeNumpy(double[] perRow, double expected)
    {
        var summary = KlomSummary.Of(perRow, models: 30);

        Assert.AreEqual(expected, summary.P95, 1e-12);
        Assert.AreEqual(perRow.Average(), summary.Mean, 1e-12);
        Assert.AreEqual(perRow.Length, summary.Rows);
        Assert.AreEqual(30, summary.Models);
    }

    [TestMethod]
    public void Of_TwentyOneRows_TakesTheSecondLargest() =>
        Assert.AreEqual(19, KlomSummary.Of([.. Enumerable.Range(0, 21).Select(i => (double)i)], 20).P95, 1e-12);
}
