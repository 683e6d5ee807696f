using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>
/// Projected per-example gradients against gradients taken one row at a time through the parameters. Tolerance 1e-5 of the largest entry: both
/// are float32 sums of at most a few thousand terms, in different orders.
/// </summary>
[TestClass]
public sealed class GradientFeaturesTests
{
    private const double Tolerance = 1e-5;

    /// <summary>So large that no side of any layer shrinks.</summary>
    private const int Identity = 1000;

    public static IEnumerable<object[]> Networks => TestNetwork.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void OfLogits_NothingProjectedAway_IsEveryLogitsGradient(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var features = new GradientFeatures(network.Graph, Identity, seed: 1);

        var (logits, gradients) = features.OfLogits(network.Weights, network.Features);

        Assert.AreEqual(network.Graph.TrainableCount, features.Size);
        Closeness.Check(network.Logits(network.Weights), logits, Tolerance, "logits");
        for (int c = 0; c < network.Graph.OutputSize; c++)
        {
            CheckRelative(Expected(network, features, z => z.select(1, c)), gradients.select(1, c), $"gradient of logit {c}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void OfLogits_Projected_IsOutputSideTimesGradientTimesInputSide(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var features = new GradientFeatures(network.Graph, projectionSize: 2, seed: 5);

        var gradients = features.OfLogits(network.Weights, network.Features).Gradients;

        Assert.IsLessThan(network.Graph.TrainableCount, features.Size);
        CheckRelative(Expected(network, features, z => z.select(1, 1)), gradients.select(1, 1), "projected gradient");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void OfScalar_CrossEntropy_IsTheGradientOfTheLoss(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var features = new GradientFeatures(network.Graph, projectionSize: 3, seed: 2);
        var label = tensor(new long[] { 1 });

        var gradients = features.OfScalar(network.Weights, network.Features, z => z.softmax(1).sub(nn.functional.one_hot(label, z.shape[1])));

        CheckRelative(Expected(network, features, z => nn.functional.cross_entropy(z, label)), gradients, "gradient of the loss");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Lift_OfDirection_IsTheAdjointOfProjecting(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var features = new GradientFeatures(network.Graph, projectionSize: 2, seed: 3);
        var direction = randn([features.Size], generator: new Generator(4));

        var lifted = features.Lift(direction);

        var projected = features.OfLogits(network.Weights, network.Features).Gradients.select(1, 0).mv(direction);
        var trainable = lifted.Where((_, i) => network.Graph.Parameters[i].IsTrainable).ToArray();
        var full = PlainGradients.Of(network, z => z.select(1, 0)).Select(row => row.Zip(trainable, (g, x) => g.mul(x!).sum()).Aggregate((a, b) => a.add(b, Held(1))));
        CheckRelative(stack(full), projected, "inner products");
        Assert.IsTrue(lifted.Where((_, i) => !network.Graph.Parameters[i].IsTrainable).All(tensor => tensor is null), "Running statistics do not move.");
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void OfLogits_RowsTogether_EqualRowsAlone(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var features = new GradientFeatures(network.Graph, projectionSize: 2, seed: 3);

        var together = features.OfLogits(network.Weights, network.Features).Gradients;
        var alone = cat([.. Enumerable.Range(0, 5).Select(row => features.OfLogits(network.Weights, network.Features.slice(0, row, row + 1, 1)).Gradients)]);

        CheckRelative(together, alone, "gradients");
    }

    private static Tensor Expected(TestNetwork network, GradientFeatures features, Func<Tensor, Tensor> scalar)
    {
        var rows = PlainGradients.Of(network, scalar).Select(gradients =>
        {
            var parts = new List<Tensor>();
            int at = 0;
            foreach (var layer in features.Layers)
            {
                var node = network.Graph.Nodes[layer.Node];
                int count = node.Operation.Parameters.Count(parameter => parameter.IsTrainable);
                bool isVector = node.Operation is BatchNorm2dOperation;
                var gradient = PlainGradients.Matrix(gradients.AsSpan(at, count), isVector);
                parts.Add(isVector ? layer.Matrices[0].mv(gradient) : layer.Matrices[0].mm(gradient).mm(layer.Matrices[1].t()).flatten());
                at += count;
            }

            return cat(parts);
        });
        return stack(rows);
    }

    private static void CheckRelative(Tensor expected, Tensor actual, string what)
    {
        var scale = expected.abs().max();
        Assert.IsGreaterThan(1e-4f, scale.item<float>(), $"{what}: all but zero, so the comparison shows nothing");
        Closeness.Check(expected.div(scale), actual.div(scale), Tolerance, what);
    }
}
