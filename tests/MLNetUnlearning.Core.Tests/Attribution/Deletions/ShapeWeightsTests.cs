using MLNetUnlearning.Attribution.Deletions;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

[TestClass]
public sealed class ShapeWeightsTests
{
    private static readonly double[] Shapes = [.. Enumerable.Range(0, 101).Select(i => i / 100.0)];

    [TestMethod]
    [DataRow(0.5, true)]
    [DataRow(0.0, true)]
    [DataRow(1.0, true)]
    [DataRow(-0.5, false)]
    [DataRow(1.5, false)]
    public void Covers_BulkAndItsSurroundings_NotWhatLiesFarBeyond(double shape, bool expected) => Assert.AreEqual(expected, new ShapeWeights(Shapes).Covers(shape));

    [TestMethod]
    public void For_Shape_WeighsItsLikeMostAndLeavesOutWhatIsLeftOut()
    {
        using var scope = NewDisposeScope();
        var weights = new ShapeWeights(Shapes);

        double[] values = [.. weights.For(0.7, i => i == 70).data<double>()];

        Assert.AreEqual(1, values.Sum(), 1e-12);
        Assert.AreEqual(0, values[70]);
        Assert.AreEqual(values[69], values[71], 1e-12);
        Assert.IsTrue(values[69] > values[50] && values[50] > values[10]);
    }

    [TestMethod]
    public void Median_OfDeletionsOfOneShape_IgnoresTheOthers()
    {
        var weights = new ShapeWeights([0, 0, 0, 0, 0, 9, 9, 9, 9, 9]);
        double[] values = [1, 2, 3, 4, 1000, 50, 60, 70, 80, 1e9];

        Assert.AreEqual(3, weights.Median(0, values));
        Assert.AreEqual(70, weights.Median(9, values));
    }

    [TestMethod]
    public void Concentration_RowsThatAreAlike_IsHigherThanOfRowsThatAreNot() =>
        Assert.IsGreaterThan(ShapeWeights.Concentration(selfSimilarity: 10, size: 10), ShapeWeights.Concentration(selfSimilarity: 100, size: 10));
}
