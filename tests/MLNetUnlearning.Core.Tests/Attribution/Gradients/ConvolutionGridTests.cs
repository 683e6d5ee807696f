using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>
/// Convolutions of every stride, padding, dilation, number of groups and bias: features, lifted directions and forward-mode derivatives against gradients taken
/// one row at a time. Tolerance 1e-5 of the largest entry: float32 sums of at most a few thousand terms in other orders.
/// </summary>
[TestClass]
public sealed class ConvolutionGridTests
{
    private const double Tolerance = 1e-5;

    public static IEnumerable<object[]> Grid =>
        from stride in new[] { 1, 2 }
        from padding in new[] { 0, 2 }
        from dilation in new[] { 1, 2, 3 }
        from groups in new[] { 1, 2, 4 }
        from bias in new[] { false, true }
        select new object[] { stride, padding, dilation, groups, bias };

    [TestMethod]
    [DynamicData(nameof(Grid))]
    public void OfLogits_Convolution_IsOutputSideTimesGradientTimesInputSide(int stride, int padding, int dilation, int groups, bool bias)
    {
        using var scope = NewDisposeScope();
        var network = Create(new Conv2dOperation(4, 8, 3, stride, padding, bias, dilation, groups));
        var plain = Matrices(network);
        // 5 shrinks both sides; 9 leaves the output side whole and shrinks the input side unless it is that of four groups; 1000 leaves both whole.
        foreach (int size in new[] { 5, 9, 1000 })
        {
            using var features = new GradientFeatures(network.Graph, size, seed: 3);
            var layer = features.Layers[0];

            var actual = features.OfLogits(network.Weights, network.Features).Gradients.select(1, 1).slice(1, 0, layer.Size, 1);

            var expected = layer.Matrices[0].matmul(plain).matmul(layer.Matrices[1].t()).flatten(1);
            double scale = expected.abs().max().item<float>();
            Assert.IsGreaterThan(1e-4, scale, "all but zero, so the comparison shows nothing");
            Closeness.Check(expected, actual, Tolerance * scale, $"size {size}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Grid))]
    public void Lift_Convolution_IsTheAdjointAndTheTangentFollowsIt(int stride, int padding, int dilation, int groups, bool bias)
    {
        using var scope = NewDisposeScope();
        var network = Create(new Conv2dOperation(4, 8, 3, stride, padding, bias, dilation, groups));
        using var features = new GradientFeatures(network.Graph, projectionSize: 5, seed: 3);
        var direction = randn([features.Size], generator: new Generator(4));
        direction.slice(0, features.Layers[0].Size, features.Size, 1).zero_();

        var lifted = features.Lift(direction);
        var tangent = TangentPass.Run(network.Graph, network.Weights, lifted, network.Features).Tangent.select(1, 1);

        var own = PlainGradients.Matrix(lifted.Take(bias ? 2 : 1).Select(tensor => tensor!).ToArray(), isVector: false);
        var expected = Matrices(network).mul(own).sum([1, 2]);
        double scale = expected.abs().max().item<float>();
        Assert.IsGreaterThan(1e-4, scale, "all but zero, so the comparison shows nothing");
        Closeness.Check(expected, tangent, Tolerance * scale, "derivative along the lifted direction");
    }

    /// <summary>Negative control of the grid: the gradient of a convolution of another dilation does not pass.</summary>
    [TestMethod]
    public void OfLogits_ConvolutionOfOtherDilation_Differs()
    {
        using var scope = NewDisposeScope();
        var network = Create(new Conv2dOperation(4, 8, 3, 1, 2, true, 2, 2));
        var other = Create(new Conv2dOperation(4, 8, 3, 1, 1, true, 1, 2));
        using var features = new GradientFeatures(other.Graph, 1000, seed: 3);

        var actual = features.OfLogits(network.Weights, network.Features).Gradients.select(1, 1).slice(1, 0, features.Layers[0].Size, 1);

        var expected = Matrices(network).flatten(1);
        Assert.IsGreaterThan(0.1 * expected.abs().max().item<float>(), expected.sub(actual).abs().max().item<float>());
    }

    private static Tensor Matrices(TestNetwork network) =>
        stack(PlainGradients.Of(network, logits => logits.select(1, 1)).Select(row => PlainGradients.Matrix(row.AsSpan(0, row.Length - 2), isVector: false)));

    private static TestNetwork Create(Conv2dOperation convolution)
    {
        // Networks this small gain nothing from more threads, and waiting threads steal time from other tests.
        set_num_threads(1);
        var image = new ImageShape(4, 9, 8);
        var builder = new GraphBuilder(NetworkSpec.SmallCnn(image), image.Size);
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = builder.Add("convolution", convolution, x);
        x = builder.Add("relu", new ReluOperation(), x);
        x = builder.Add("flatten", new FlattenOperation(), x);
        builder.Add("logits", new LinearOperation(builder.ShapeOf(x)[0], 3), x);
        using var stack = ModelStack.Initialize(builder.Build(), [29]);
        return new TestNetwork(stack.Graph, [.. stack.Member(0).Select(tensor => tensor.clone())], randn([3, image.Size], generator: new Generator(31)));
    }
}
