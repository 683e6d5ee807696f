using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

[TestClass]
public sealed class LogitGradientsTests
{
    public static IEnumerable<object[]> Networks => TestNetwork.Names.Select(name => new object[] { name });

    /// <summary>The forward-mode pass shares no code with gradients. Tolerance 1e-5 of the largest entry: float32 sums in two orders.</summary>
    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Along_AnyDirection_EqualsATangentPassAlongTheLiftedDirection(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        using var map = new GradientFeatures(network.Graph, projectionSize: 3, seed: 7);
        var direction = randn([map.Size], generator: new Generator(8));

        var along = map.Along(map.FactorLogits(network.Weights, network.Features), direction);

        var expected = TangentPass.Run(network.Graph, network.Weights, map.Lift(direction), network.Features).Tangent;
        Closeness.Check(expected, along, 1e-5 * expected.abs().max().item<float>(), "change of the logits");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void FactorLogits_IsNoLargerThanWhatItMultipliesOutTo(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        using var map = new GradientFeatures(network.Graph, projectionSize: 3, seed: 7);

        var gradients = map.FactorLogits(network.Weights, network.Features);

        Assert.AreEqual(map.Size, map.Join(gradients).shape[2]);
        Assert.IsLessThan(map.Classes * map.Size, (map.Classes * map.ClassSize) + map.SharedSize);
        CollectionAssert.AreEqual(new long[] { 5, map.Classes, map.ClassSize }, gradients.Classes.shape);
        CollectionAssert.AreEqual(new long[] { 5, map.SharedSize }, gradients.Shared.shape);
    }

    [TestMethod]
    public void Put_OfSelectedRows_HoldsThoseRows()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("small CNN");
        using var map = new GradientFeatures(network.Graph, projectionSize: 3, seed: 7);
        var gradients = map.FactorLogits(network.Weights, network.Features);
        var room = LogitGradients.Empty(map, 5);

        room.Put(0, gradients.Select(tensor(new long[] { 3, 1 })));
        room.Put(2, gradients.Slice(2, 5));

        var expected = map.Join(gradients).index_select(0, tensor(new long[] { 3, 1, 2, 3, 4 }));
        Closeness.Check(expected, map.Join(room), 0, "gradients");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void FactorLogits_Repeated_LeavesNoTensors(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        using var map = new GradientFeatures(network.Graph, projectionSize: 3, seed: 7);
        var direction = ones(map.Size);

        Assert.AreEqual(0, LiveTensors.LeftBy(() =>
        {
            using var gradients = map.FactorLogits(network.Weights, network.Features).Keep();
            map.Along(gradients, direction).Dispose();
            map.Join(gradients).Dispose();
        }, times: 3));
    }
}
