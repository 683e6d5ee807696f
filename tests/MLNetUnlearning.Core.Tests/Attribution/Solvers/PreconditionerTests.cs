using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Solvers;

[TestClass]
public sealed class PreconditionerTests
{
    private const double Ridge = 0.3;

    private int threads;

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

    /// <summary>Conjugate gradients need both. 1e-4 is the rounding of float32 factors.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Solve_EveryNetwork_IsSymmetricAndPositive(string name, TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        using var preconditioner = Create(network, loss);
        Tensor u = Direction(network, 1), v = Direction(network, 2);

        Tensor forU = preconditioner.Solve(u, Ridge), forV = preconditioner.Solve(v, Ridge);

        double size = u.norm().mul(forV.norm()).item<float>();
        Assert.IsLessThan(1e-4 * size, Math.Abs(u.dot(forV).item<float>() - v.dot(forU).item<float>()));
        Assert.IsGreaterThan(0, u.dot(forU).item<float>());
        Assert.IsGreaterThan(0, v.dot(forV).item<float>());
        Assert.IsLessThan(v.div(Held(Ridge)).norm().item<float>(), forV.norm().item<float>(), "The curvature can only shrink.");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Solve_HugeRidge_DividesByIt(string name, TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        using var preconditioner = Create(network, loss);
        var v = Direction(network, 2);

        Closeness.Check(v, preconditioner.Solve(v, 1e12).mul(Held(1e12)), 1e-4, "v");
    }

    /// <summary>
    /// With one row, and one position per layer, a layer's gradient is an outer product, and the factored inverse is exact: (ridge + n d dᵀ)⁻¹ by Sherman and Morrison, with d by autograd
    /// through the parameters. Shows the order of patches and weights and the place of the bias. Scales of batch normalisation get the ridge alone.
    /// </summary>
    [TestMethod]
    public void Solve_OneRow_EqualsTheInverseOfEachLayersOuterProduct()
    {
        using var scope = NewDisposeScope();
        const ulong Seed = 9;
        var network = OnePosition();
        using var preconditioner = new Preconditioner(network.Graph, network.Weights, network.Features, 40, TrainingLoss.SquaredError, Seed);
        var v = Direction(network, 2);

        var parts = new ParameterVector(network.Graph).Split(preconditioner.Solve(v, Ridge));

        var drawn = randn([1, network.Graph.OutputSize], generator: new Generator(Seed));
        var gradients = PlainGradients.Of(network, logits => logits.mul(drawn))[0];
        Tensor[] right = [.. new ParameterVector(network.Graph).Split(v).OfType<Tensor>()];
        Tensor[] actual = [.. parts.OfType<Tensor>()];
        foreach (var (layer, curved) in new[] { (0..2, false), (2..4, true), (4..5, true), (5..7, true) })
        {
            Tensor d = PlainGradients.Flat(gradients[layer]), b = PlainGradients.Flat(right[layer]);
            Assert.IsGreaterThan(1e-2f, d.norm().item<float>());
            var expected = curved ? b.sub(d.mul(d.dot(b).mul(Held(40)).div(d.dot(d).mul(Held(40)).add(Held(Ridge), Held(1))))).div(Held(Ridge)) : b.div(Held(Ridge));
            Closeness.Check(expected, PlainGradients.Flat(actual[layer]), 1e-4 * expected.abs().max().item<float>(), $"{layer}");
        }
    }

    /// <summary>On a network trained for a moment, against a dense solve in float64, in the norm that conjugate gradients minimise.</summary>
    [TestMethod]
    public void Solve_TrainedNetwork_SpeedsConjugateGradientsUp()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(100);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 10, 8);
        var network = new TestNetwork(bank.Graph, bank.Models.Final.Member(0), rows.Features);
        double ridge = 3 * 5e-4 * rows.Count;
        using var linearization = new Linearization(network.Graph, network.Weights, network.Features, TrainingLoss.CrossEntropy, 100, CancellationToken.None);
        using var preconditioner = new Preconditioner(network.Graph, network.Weights, network.Features, rows.Count, TrainingLoss.CrossEntropy, 4);
        var right = linearization.Gradient(rows.Labels);
        var matrix = Dense(network.ToFloat64(), ridge);
        var truth = linalg.solve(matrix, right.to_type(ScalarType.Float64).unsqueeze(1)).squeeze(1);
        double ErrorOf(Func<Tensor, Tensor> precondition, int iterations)
        {
            var solution = ConjugateGradients.Solve(v => linearization.Curvature(v).add(v.mul(Held(ridge)), Held(1)), right, precondition, iterations, 0, CancellationToken.None);
            var error = solution.to_type(ScalarType.Float64).sub(truth);
            return Math.Sqrt(error.dot(matrix.mv(error)).item<double>() / truth.dot(matrix.mv(truth)).item<double>());
        }

        double preconditioned = ErrorOf(residual => preconditioner.Solve(residual, ridge), 5), plain = ErrorOf(residual => residual.clone(), 5);

        Console.WriteLine($"error after 5 iterations: preconditioned {preconditioned:g3}, plain {plain:g3}");
        Assert.IsLessThan(0.5 * plain, preconditioned);
        Assert.IsLessThan(1e-3, ErrorOf(residual => preconditioner.Solve(residual, ridge), 300));
    }

    [TestMethod]
    public void Solve_SameSeedOrAnother_DrawsTheSameLabelsOrOthers()
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create("mlp");
        using var one = Create(network, TrainingLoss.CrossEntropy);
        using var same = Create(network, TrainingLoss.CrossEntropy);
        using var other = Create(network, TrainingLoss.CrossEntropy, seed: 8);
        var v = Direction(network, 2);

        Assert.AreEqual(Bits.Of([one.Solve(v, Ridge)]), Bits.Of([same.Solve(v, Ridge)]));
        Assert.AreNotEqual(Bits.Of([one.Solve(v, Ridge)]), Bits.Of([other.Solve(v, Ridge)]));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Solve_Repeated_LeavesNoTensors(string name, TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var v = Direction(network, 2);
        void Work()
        {
            using var preconditioner = Create(network, loss);
            preconditioner.Solve(v, Ridge).Dispose();
        }

        Assert.AreEqual(0, LiveTensors.LeftBy(Work, times: 2));
    }

    private static Preconditioner Create(TestNetwork network, TrainingLoss loss, ulong seed = 7) =>
        new(network.Graph, network.Weights, network.Features, rowCount: 50, loss, seed);

    private static Tensor Direction(TestNetwork network, ulong seed) => randn([network.Graph.TrainableCount], generator: new Generator(seed));

    /// <summary>Batch normalisation, and convolutions that see their whole image at once.</summary>
    private static TestNetwork OnePosition()
    {
        var image = new ImageShape(2, 3, 3);
        var builder = new GraphBuilder(NetworkSpec.SmallCnn(image), image.Size);
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = builder.Add("norm", new BatchNorm2dOperation(2), x);
        x = builder.Add("whole", new Conv2dOperation(2, 4, 3), x);
        x = builder.Add("unbiased", new Conv2dOperation(4, 3, 1, HasBias: false), x);
        x = builder.Add("flat", new FlattenOperation(), x);
        builder.Add("logits", new LinearOperation(3, 3), x);
        var graph = builder.Build();
        using var stack = ModelStack.Initialize(graph, [23]);
        return new TestNetwork(graph, [.. stack.Member(0).Select(weight => weight.clone())], randn([1, image.Size], generator: new Generator(17)));
    }

    private static Tensor Dense(TestNetwork network, double ridge)
    {
        var jacobian = PlainGradients.Jacobian(network);
        var p = network.Logits(network.Weights).softmax(1);
        // diag(p) - p pᵀ for all rows at once.
        var middle = diag_embed(p).sub(p.unsqueeze(2).bmm(p.unsqueeze(1)));
        var matrix = jacobian.flatten(0, 1).t().mm(middle.bmm(jacobian).flatten(0, 1));
        return matrix.add(eye(matrix.shape[0], dtype: ScalarType.Float64).mul(Held(ridge)), Held(1));
    }
}
