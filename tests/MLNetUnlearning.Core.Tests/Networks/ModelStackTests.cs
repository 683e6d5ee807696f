using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Networks;

[TestClass]
public sealed class ModelStackTests
{
    private static readonly NetworkGraph Mlp = NetworkSpec.Mlp(12).CreateGraph(64, 10);
    private static readonly NetworkGraph Cnn = NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 3, 4, 8).CreateGraph(64, 10);

    private static IEnumerable<NetworkGraph> Graphs => [Mlp, Cnn];

    [TestMethod]
    public void Initialize_SameSeeds_GivesTheSameBitsWhateverStandsBeside()
    {
        using var many = ModelStack.Initialize(Mlp, [7, 8, 9]);
        using var one = ModelStack.Initialize(Mlp, [8]);

        Assert.AreEqual(Bits.Of(one, 0), Bits.Of(many, 1));
        Assert.AreEqual(3, new[] { 0, 1, 2 }.Select(model => Bits.Of(many, model)).Distinct().Count());
    }

    [TestMethod]
    public void Initialize_Weights_FillTheIntervalOfTheFanIn()
    {
        using var scope = NewDisposeScope();
        using var models = ModelStack.Initialize(NetworkSpec.Mlp(400).CreateGraph(64, 10), [1]);

        // 25 600 draws from ±1/8: the extremes come within 1 % of the ends, mean and spread within five standard errors.
        var weight = models.Tensors[0];
        Assert.AreEqual(0.125f, weight.max().item<float>(), 0.00125f);
        Assert.AreEqual(-0.125f, weight.min().item<float>(), 0.00125f);
        Assert.AreEqual(0f, weight.mean().item<float>(), 5 * 0.0722f / 160);
        Assert.AreEqual(0.125f / MathF.Sqrt(3), weight.std().item<float>(), 0.001f);
    }

    [TestMethod]
    public void Initialize_NormalizationLayers_StartAsTheIdentity()
    {
        using var models = ModelStack.Initialize(NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2).CreateGraph(256, 2), [1]);

        foreach (var (parameter, tensor) in models.Graph.Parameters.Zip(models.Tensors))
        {
            float[] expected = parameter.Role switch
            {
                ParameterRole.NormalizationScale or ParameterRole.RunningVariance => [1],
                ParameterRole.NormalizationShift or ParameterRole.RunningMean => [0],
                _ => [],
            };
            if (expected.Length > 0)
            {
                Assert.IsTrue(tensor.data<float>().ToArray().All(value => value == expected[0]), parameter.Name);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Logits_Stack_EqualsTheNetworksOneByOne(NetworkGraph graph)
    {
        using var scope = NewDisposeScope();
        using var models = ModelStack.Initialize(graph, [1, 2, 3]);
        using var rows = Digits.Test();
        var together = models.Logits(rows.Features, batchSize: 100);

        CollectionAssert.AreEqual(new long[] { 3, 360, 10 }, together.shape);
        for (int model = 0; model < 3; model++)
        {
            using var noGrad = no_grad();
            using var network = models.ToNetwork(model);

            // 1e-5: batched and single matrix products may add up in another order.
            Closeness.Check(network.call(rows.Features), together[model], 1e-5, $"model {model}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Logits_NoRows_GivesAnEmptyTensorOfTheRightShape(NetworkGraph graph)
    {
        using var models = ModelStack.Initialize(graph, [1, 2]);
        using var none = zeros(0, 64);
        using var logits = models.Logits(none);

        CollectionAssert.AreEqual(new long[] { 2, 0, 10 }, logits.shape);
    }

    [TestMethod]
    [Timeout(20_000)]
    public void Logits_BatchOfNoRows_Throws()
    {
        using var models = ModelStack.Initialize(Mlp, [1]);
        using var rows = Digits.Train(3);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => models.Logits(rows.Features, batchSize: 0));
    }

    [TestMethod]
    public void Logits_Cancelled_Throws()
    {
        using var models = ModelStack.Initialize(Mlp, [1]);
        using var rows = Digits.Train(3);

        Assert.ThrowsExactly<OperationCanceledException>(() => models.Logits(rows.Features, cancellationToken: new CancellationToken(canceled: true)));
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void SliceAndConcatenate_RoundTrip_KeepEveryBit(NetworkGraph graph)
    {
        using var models = ModelStack.Initialize(graph, [1, 2, 3, 4, 5]);
        using var head = models.Slice(0, 2);
        using var tail = models.Slice(2, 3);
        using var again = ModelStack.Concatenate([head, tail]);
        using var reversed = ModelStack.Concatenate([tail, head]);

        Assert.AreEqual(5, again.Count);
        Assert.AreEqual(Bits.Of(models), Bits.Of(again));
        Assert.AreNotEqual(Bits.Of(models), Bits.Of(reversed));
    }

    [TestMethod]
    public void Slice_Copy_DoesNotShareMemory()
    {
        using var models = ModelStack.Initialize(Mlp, [1, 2]);
        using var copy = models.Clone();
        string before = Bits.Of(models);

        copy.Tensors[0].zero_();

        Assert.AreEqual(before, Bits.Of(models));
        Assert.AreNotEqual(before, Bits.Of(copy));
    }

    [TestMethod]
    [DataRow(-1, 1)]
    [DataRow(0, 0)]
    [DataRow(1, 2)]
    [DataRow(2, 1)]
    public void Slice_OutsideTheStack_Throws(int start, int count)
    {
        using var models = ModelStack.Initialize(Mlp, [1, 2]);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => models.Slice(start, count));
    }

    [TestMethod]
    public void ToNetworkAndToStack_RoundTrip_KeepEveryBitEvenOfStatistics()
    {
        using var models = ModelStack.Initialize(NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2).CreateGraph(256, 3), [1, 2]);
        using var network = models.ToNetwork(1);
        using var scope = NewDisposeScope();
        network.train();
        network.call(rand([4, 256], generator: new Generator(7)));
        using var back = network.ToStack();

        Assert.AreEqual(Bits.Of(network.Weights), Bits.Of(back, 0));
        Assert.AreNotEqual(Bits.Of(models, 1), Bits.Of(back, 0), "The statistics must have moved.");
        Assert.IsFalse(back.Tensors.Any(tensor => tensor.requires_grad), "Copies carry no gradients.");
    }
}
