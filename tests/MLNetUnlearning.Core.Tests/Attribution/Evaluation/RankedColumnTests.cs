using MLNetUnlearning.Attribution.Evaluation;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

[TestClass]
public sealed class RankedColumnTests
{
    [TestMethod]
    public void Correlation_ValuesWithTies_IsSpearmans()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 50; trial++)
        {
            double[] x = Draw(random), y = Draw(random);

            double actual = RankedColumn.Correlation(new RankedColumn(x), new RankedColumn(y), [.. Enumerable.Repeat(1, x.Length)]);

            Assert.AreEqual(NaiveSpearman.Of(x, y), actual, 1e-12);
        }
    }

    [TestMethod]
    public void Correlation_Weights_CountEachPairSoOften()
    {
        var random = new Random(4);
        for (int trial = 0; trial < 50; trial++)
        {
            double[] x = Draw(random), y = Draw(random);
            int[] weights = [.. x.Select(_ => random.Next(4))];
            double[] Repeat(double[] values) => [.. values.SelectMany((value, i) => Enumerable.Repeat(value, weights[i]))];

            double actual = RankedColumn.Correlation(new RankedColumn(x), new RankedColumn(y), weights);

            Assert.AreEqual(NaiveSpearman.Of(Repeat(x), Repeat(y)), actual, 1e-12);
        }
    }

    [TestMethod]
    public void Correlation_SideWithoutSpread_IsZero() =>
        Assert.AreEqual(0, RankedColumn.Correlation(new RankedColumn([1, 1, 1]), new RankedColumn([1, 2, 3]), [1, 1, 1]));

    /// <summary>Few distinct values, so that there are ties.</summary>
    private static double[] Draw(Random random) => [.. Enumerable.Range(0, 12).Select(_ => (double)random.Next(6))];
}
