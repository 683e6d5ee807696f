using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>Forward-mode derivatives against central differences and against gradient features.</summary>
[TestClass]
public sealed class TangentPassTests
{
    public static IEnumerable<object[]> Networks => TestNetwork.Names.Select(name => new object[] { name });

    /// <summary>Differences are taken in float64 with step 1e-6, so they are good to about 1e-9; 1e-5 of the largest entry is the rounding of the float32 pass.</summary>
    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Run_RandomDirection_MatchesCentralDifferences(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var direction = RandomDirection(network.Graph);

        var (logits, tangent) = TangentPass.Run(network.Graph, network.Weights, direction, network.Features);

        var exact = network.ToFloat64();
        Tensor At(double step) => exact.Logits([.. exact.Weights.Select((weight, i) => direction[i] is null ? weight : weight.add(direction[i]!.to_type(ScalarType.Float64), alpha: Held(step)))]);
        var expected = At(1e-6).sub(At(-1e-6)).div(Held(2e-6)).to_type(ScalarType.Float32);
        double scale = expected.abs().max().item<float>();
        Assert.IsGreaterThan(1e-3, scale);
        Closeness.Check(expected, tangent, 1e-5 * scale, "derivative");
        Closeness.Check(network.Logits(network.Weights), logits, 0, "logits");
    }

    /// <summary>J·Lift(x) is the projected gradient times x. Tolerance 1e-5 of the largest entry: float32 sums in two orders.</summary>
    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Run_LiftedDirection_EqualsProjectedGradientsTimesDirection(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var features = new GradientFeatures(network.Graph, projectionSize: 2, seed: 7);
        var direction = randn([features.Size], generator: new Generator(8));

        var tangent = TangentPass.Run(network.Graph, network.Weights, features.Lift(direction), network.Features).Tangent;

        var expected = features.OfLogits(network.Weights, network.Features).Gradients.matmul(direction);
        Closeness.Check(expected, tangent, 1e-5 * expected.abs().max().item<float>(), "change of the logits");
    }

    /// <summary>In float64, where 1e-10 is rounding: nothing of the pass may fall back to float32.</summary>
    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Run_Float64_EqualsTheJacobianWrittenOut(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name).ToFloat64();
        var direction = randn([network.Graph.TrainableCount], generator: new Generator(5)).to_type(ScalarType.Float64);

        var tangent = TangentPass.Run(network.Graph, network.Weights, new ParameterVector(network.Graph).Split(direction), network.Features).Tangent;

        var expected = PlainGradients.Jacobian(network).matmul(direction);
        CollectionAssert.AreEqual(expected.shape, tangent.shape);
        Assert.IsLessThan(1e-10 * expected.norm().item<double>(), expected.sub(tangent).norm().item<double>());
    }

    [TestMethod]
    public void Run_NothingMoves_GivesZero()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp");

        var tangent = TangentPass.Run(network.Graph, network.Weights, new Tensor?[network.Weights.Length], network.Features).Tangent;

        Assert.AreEqual(0f, tangent.abs().max().item<float>());
    }

    [TestMethod]
    public void Run_LayerWithoutDerivative_NamesTheLayer()
    {
        var builder = new GraphBuilder(NetworkSpec.Linear(), 3);
        int x = builder.Add("wave", new UnknownOperation(), 0);
        builder.Add("logits", new LinearOperation(3, 2), x);
        using var stack = ModelStack.Initialize(builder.Build(), [1]);
        using var features = ones(1, 3);

        var error = Assert.ThrowsExactly<UnsupportedLayerException>(() => TangentPass.Run(stack.Graph, stack.Member(0), new Tensor?[3], features));

        StringAssert.Contains(error.Message, "wave");
        StringAssert.Contains(error.Message, nameof(UnknownOperation));
    }

    private static Tensor?[] RandomDirection(NetworkGraph graph)
    {
        var generator = new Generator(9);
        return [.. graph.Parameters.Select(parameter => parameter.IsTrainable ? randn([.. parameter.Shape], generator: generator) : null)];
    }
}
