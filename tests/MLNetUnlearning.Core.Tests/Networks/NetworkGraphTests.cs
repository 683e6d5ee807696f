using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Core.Tests.Networks;

[TestClass]
public sealed class NetworkGraphTests
{
    private static readonly ImageShape Digit = new(1, 8, 8), Cifar = new(3, 32, 32);

    [TestMethod]
    public void CreateGraph_Linear_HasOneWeightAndOneBias()
    {
        var graph = NetworkSpec.Linear().CreateGraph(64, 10);

        Assert.AreEqual(64 * 10 + 10, graph.TrainableCount);
        Assert.IsTrue(graph.SupportsStacking);
        CollectionAssert.AreEqual(new[] { "logits.weight", "logits.bias" }, graph.Parameters.Select(parameter => parameter.Name).ToArray());
    }

    [TestMethod]
    public void CreateGraph_Mlp_CountsParametersAsByHand()
    {
        var graph = NetworkSpec.Mlp(128, 64).CreateGraph(64, 10);

        Assert.AreEqual((64 * 128 + 128) + (128 * 64 + 64) + (64 * 10 + 10), graph.TrainableCount);
        Assert.AreEqual(64, graph.InputSize);
        Assert.AreEqual(10, graph.OutputSize);
        Assert.IsTrue(graph.SupportsStacking);
    }

    [TestMethod]
    public void CreateGraph_SmallCnn_CountsParametersAsByHand()
    {
        var graph = NetworkSpec.SmallCnn(Digit, 16, 32, 48).CreateGraph(64, 10);

        // Two poolings leave 2x2 of the 8x8 pixels.
        Assert.AreEqual((16 * 1 * 9 + 16) + (32 * 16 * 9 + 32) + (32 * 2 * 2 * 48 + 48) + (48 * 10 + 10), graph.TrainableCount);
        CollectionAssert.AreEqual(new long[] { 32, 2, 2 }, ShapeOf(graph, "pool2"));
        Assert.IsFalse(graph.SupportsStacking);
    }

    [TestMethod]
    public void CreateGraph_ResNet9Of64Planes_CountsParametersAsByHand()
    {
        var graph = NetworkSpec.ResNet9(Cifar).CreateGraph(3 * 32 * 32, 10);

        int stem = 64 * 3 * 9, down = 128 * 64 * 25, residual1 = 2 * 128 * 128 * 9, wide = 256 * 128 * 9, residual2 = 2 * 256 * 256 * 9, neck = 128 * 256 * 9;
        int planes = 64 + 128 + 2 * 128 + 256 + 2 * 256 + 128, affine = 128 * 10;
        Assert.AreEqual(stem + down + residual1 + wide + residual2 + neck + 2 * planes + affine, graph.TrainableCount);
        Assert.AreEqual(2_274_880, graph.TrainableCount);
        Assert.AreEqual(2 * planes, graph.Parameters.Where(parameter => !parameter.IsTrainable).Sum(parameter => parameter.Count));
    }

    [TestMethod]
    public void CreateGraph_ResNet9_InfersTheShapesOfTheReference()
    {
        var graph = NetworkSpec.ResNet9(Cifar).CreateGraph(3 * 32 * 32, 10);

        CollectionAssert.AreEqual(new long[] { 64, 32, 32 }, ShapeOf(graph, "stem.relu"));
        CollectionAssert.AreEqual(new long[] { 128, 16, 16 }, ShapeOf(graph, "res1sum"));
        CollectionAssert.AreEqual(new long[] { 256, 8, 8 }, ShapeOf(graph, "pool"));
        CollectionAssert.AreEqual(new long[] { 128, 6, 6 }, ShapeOf(graph, "neck.relu"));
        CollectionAssert.AreEqual(new long[] { 128 }, ShapeOf(graph, "maximum"));
    }

    [TestMethod]
    public void CreateGraph_FeaturesDoNotFillTheImage_NamesBothSizes()
    {
        var e = Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.SmallCnn(Digit).CreateGraph(63, 10));

        StringAssert.Contains(e.Message, "64 features (1x8x8)");
        StringAssert.Contains(e.Message, "63");
    }

    [TestMethod]
    public void CreateGraph_ImageTooSmall_NamesTheLayer()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.SmallCnn(new ImageShape(1, 3, 3)).CreateGraph(9, 2)).Message, "'pool2'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => NetworkSpec.ResNet9(new ImageShape(1, 8, 8)).CreateGraph(64, 2)).Message, "'neck.conv'");
    }

    [TestMethod]
    [DataRow(0, 10)]
    [DataRow(64, 0)]
    public void CreateGraph_NoFeaturesOrOutputs_Throws(int features, int outputs) =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NetworkSpec.Linear().CreateGraph(features, outputs));

    private static long[] ShapeOf(NetworkGraph graph, string node) => [.. graph.Nodes.Single(candidate => candidate.Name == node).OutputShape];
}
