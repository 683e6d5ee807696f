using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

/// <summary>The gradient and Gauss-Newton products against autograd through the loss and against matrices written out.</summary>
[TestClass]
public sealed class LinearizationTests
{
    private int threads;

    public static IEnumerable<object[]> Networks => TestNetwork.Names.Select(name => new object[] { name });

    public static IEnumerable<object[]> Cases => TestNetwork.Names.SelectMany(name => Enum.GetValues<TrainingLoss>().Select(loss => new object[] { name, loss }));

    /// <summary>As the workers do: small operations split over threads take many times as long on a busy machine.</summary>
    [TestInitialize]
    public void UseOneThread()
    {
        threads = get_num_threads();
        set_num_threads(1);
    }

    [TestCleanup]
    public void UseTheThreadsOfBefore() => set_num_threads(threads);

    /// <summary>In float64, where 1e-10 is rounding.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Gradient_EveryNetwork_EqualsAutogradOfTheSummedLoss(string name, TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name).ToFloat64();
        var labels = Labels(network);
        using var linearization = Linearize(network, loss, batchSize: 2);

        var gradient = linearization.Gradient(labels);

        Tensor[] weights = [.. network.Weights.Select((weight, i) => weight.clone().requires_grad_(network.Graph.Parameters[i].IsTrainable))];
        var logits = network.Logits(weights);
        var total = loss == TrainingLoss.CrossEntropy
            ? nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum)
            : logits.sub(nn.functional.one_hot(labels, network.Graph.OutputSize)).pow(Held(2)).sum().div(Held(2));
        CheckEqual(PlainGradients.Flat(autograd.grad([total], [.. weights.Where(weight => weight.requires_grad)])), gradient);
    }

    /// <summary>In float64, where 1e-10 is rounding.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Curvature_EveryNetwork_EqualsTheMatrixWrittenOut(string name, TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name).ToFloat64();
        var direction = Direction(network);
        using var linearization = Linearize(network, loss, batchSize: 2);

        var product = linearization.Curvature(direction);

        var jacobian = PlainGradients.Jacobian(network);
        var outputs = network.Logits(network.Weights).softmax(1);
        var expected = zeros_like(direction);
        for (int row = 0; row < outputs.shape[0]; row++)
        {
            var middle = loss == TrainingLoss.CrossEntropy ? diag(outputs[row]).sub(outer(outputs[row], outputs[row])) : eye(outputs.shape[1], dtype: ScalarType.Float64);
            expected.add_(jacobian[row].t().mv(middle.mv(jacobian[row].mv(direction))), Held(1));
        }

        CheckEqual(expected, product);
    }

    /// <summary>In the precision of production; 1e-5 is the rounding of float32 sums in another order.</summary>
    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Products_SmallOrLargeBatches_AgreeBeyondRounding(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        Tensor labels = Labels(network), direction = Direction(network);
        using var large = Linearize(network, TrainingLoss.CrossEntropy, batchSize: 100);
        using var small = Linearize(network, TrainingLoss.CrossEntropy, batchSize: 2);

        CheckEqual(large.Gradient(labels), small.Gradient(labels), 1e-5);
        CheckEqual(large.Curvature(direction), small.Curvature(direction), 1e-5);
    }

    [TestMethod]
    public void Curvature_NoRows_IsZero()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp");
        using var linearization = Linearize(network with { Features = network.Features.slice(0, 0, 0, 1) }, TrainingLoss.CrossEntropy, batchSize: 2);

        Closeness.Check(zeros(network.Graph.TrainableCount), linearization.Curvature(Direction(network)), 0, "product");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Products_Repeated_LeaveNoTensors(string name, TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        Tensor labels = Labels(network), direction = Direction(network);
        void Work()
        {
            using var linearization = Linearize(network, loss, batchSize: 2);
            using var gradient = linearization.Gradient(labels);
            using var product = linearization.Curvature(direction);
        }

        // In a scope of its own a forgotten tensor would be freed with the scope, long after the rows that it belongs to.
        Assert.AreEqual(0, LiveTensors.LeftBy(Work, times: 2));
    }

    [TestMethod]
    public void Constructor_Cancelled_StopsAndLeavesNoTensors()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp");
        void Work() => Assert.ThrowsExactly<OperationCanceledException>(
            () => new Linearization(network.Graph, network.Weights, network.Features, TrainingLoss.CrossEntropy, 2, new CancellationToken(canceled: true)));

        Assert.AreEqual(0, LiveTensors.LeftBy(Work, times: 2));
    }

    private static Linearization Linearize(TestNetwork network, TrainingLoss loss, int batchSize) =>
        new(network.Graph, network.Weights, network.Features, loss, batchSize, CancellationToken.None);

    private static Tensor Labels(TestNetwork network) => arange(Held(0), Held(network.Features.shape[0]), Held(1), ScalarType.Int64).remainder(Held(network.Graph.OutputSize));

    private static Tensor Direction(TestNetwork network) =>
        randn([network.Graph.TrainableCount], generator: new Generator(5)).to_type(network.Features.dtype);

    private static void CheckEqual(Tensor expected, Tensor actual, double tolerance = 1e-10)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape);
        double size = expected.norm().to_type(ScalarType.Float64).item<double>();
        Assert.IsGreaterThan(1e-3, size, "Zeros would show nothing.");
        Assert.IsLessThan(tolerance * size, expected.sub(actual).norm().to_type(ScalarType.Float64).item<double>());
    }
}
