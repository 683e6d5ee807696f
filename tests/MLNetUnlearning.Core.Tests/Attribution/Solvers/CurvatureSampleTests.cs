using MLNetUnlearning.Attribution.Solvers;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

/// <summary>Draws against the probabilities that they are meant to have, over many seeds.</summary>
[TestClass]
public sealed class CurvatureSampleTests
{
    private const int Count = 4, Seeds = 4000;

    private static readonly float[] Importance = [8, 1, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0];

    private static readonly long[] Ids = [.. Enumerable.Range(100, Importance.Length).Select(id => (long)id)];

    /// <summary>The sum over weighted draws keeps its expectation, which is what makes the sample stand for the pool: each value within five standard errors.</summary>
    [TestMethod]
    public void Draw_ManySeeds_EachRowCountsOnceOnAverage()
    {
        double[] total = new double[Ids.Length], squares = new double[Ids.Length];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var (rows, weights) = CurvatureSample.Draw(Importance, Ids, Count, seed);
            for (int i = 0; i < rows.Length; i++)
            {
                total[rows[i]] += weights[i];
                squares[rows[i]] += weights[i] * weights[i];
            }
        }

        for (int row = 0; row < Ids.Length; row++)
        {
            double mean = total[row] / Seeds, error = Math.Sqrt(Math.Max((squares[row] / Seeds) - (mean * mean), 1e-6) / Seeds);
            // Pareto sampling has its inclusion probabilities nearly; 0.05 is what so few rows leave of it.
            Assert.AreEqual(1, mean, (5 * error) + 0.05, $"row {row}");
        }
    }

    /// <summary>Rows that matter more are drawn more often: the first is certain. Drawn evenly they would be there in a third of the draws.</summary>
    [TestMethod]
    public void Draw_UnequalImportance_FollowsIt()
    {
        var often = new int[Ids.Length];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            foreach (int row in CurvatureSample.Draw(Importance, Ids, Count, seed).Rows)
            {
                often[row]++;
            }
        }

        Assert.AreEqual(Seeds, often[0]);
        Assert.IsGreaterThan(0.8 * Seeds, often[4]);
        Assert.IsLessThan(0.1 * Seeds, often[^1]);
        Assert.IsGreaterThan(0, often[^1], "a row that seems to matter little has its chance");
    }

    [TestMethod]
    public void Draw_AsManyAsThereAre_TakesEachOnce()
    {
        var (rows, weights) = CurvatureSample.Draw([], Ids, Ids.Length, 3);

        CollectionAssert.AreEqual(Enumerable.Range(0, Ids.Length).ToArray(), rows);
        CollectionAssert.AreEqual(Enumerable.Repeat(1f, Ids.Length).ToArray(), weights);
    }

    [TestMethod]
    public void Draw_RowsInAnotherOrder_TakesTheSame()
    {
        int[] order = [5, 0, 11, 3, 2, 1, 4, 10, 6, 7, 9, 8];

        var (rows, weights) = CurvatureSample.Draw(Importance, Ids, Count, 7);
        var (other, otherWeights) = CurvatureSample.Draw([.. order.Select(row => Importance[row])], [.. order.Select(row => Ids[row])], Count, 7);

        var expected = rows.Zip(weights).ToDictionary(pair => Ids[pair.First], pair => pair.Second);
        var actual = other.Zip(otherWeights).ToDictionary(pair => Ids[order[pair.First]], pair => pair.Second);
        CollectionAssert.AreEquivalent(expected, actual);
    }

    [TestMethod]
    public void Draw_NothingMatters_DrawsEvenly()
    {
        var (rows, weights) = CurvatureSample.Draw(new float[Ids.Length], Ids, 3, 1);

        Assert.HasCount(3, rows);
        Assert.IsTrue(weights.All(weight => weight == 4));
    }
}
