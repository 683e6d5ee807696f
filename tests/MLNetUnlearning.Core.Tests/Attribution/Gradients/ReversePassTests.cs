using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>The way back along the graph against autograd. Tolerance 1e-5 of the largest entry: float32 sums in two orders.</summary>
[TestClass]
public sealed class ReversePassTests
{
    private const int Seeds = 3;

    public static IEnumerable<object[]> Networks => TestNetwork.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Back_SeveralSeeds_GivesAutogradsGradientsAtEveryLayer(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var seeds = Random(network);

        var pass = Forward(network);
        var gradients = new Dictionary<int, Tensor>();
        pass.Back(seeds, (node, gradient) => gradients.Add(node, gradient));

        var outputs = new Tensor[network.Graph.Nodes.Count];
        network.Graph.Forward(network.Weights, network.Features.detach().requires_grad_(), stacked: false, training: false, outputs);
        int[] layers = [.. Enumerable.Range(0, outputs.Length).Where(node => network.Graph.Nodes[node].Operation.Parameters.Count > 0)];
        CollectionAssert.AreEqual(layers, gradients.Keys.Order().ToArray());
        Closeness.Check(outputs[^1], pass.Logits, 1e-5 * outputs[^1].abs().max().item<float>(), "logits");
        for (int seed = 0; seed < Seeds; seed++)
        {
            var expected = autograd.grad([outputs[^1]], layers.Select(node => outputs[node]).ToArray(), [seeds[seed]], retain_graph: true);
            for (int i = 0; i < layers.Length; i++)
            {
                double scale = expected[i].abs().max().item<float>();
                Assert.IsGreaterThan(0, scale);
                Closeness.Check(expected[i], gradients[layers[i]][seed], 1e-5 * scale, $"layer {network.Graph.Nodes[layers[i]].Name}, seed {seed}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Forward_VisitsEveryLayerWithItsInput(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var outputs = new Tensor[network.Graph.Nodes.Count];
        network.Graph.Forward(network.Weights, network.Features, stacked: false, training: false, outputs);

        ReversePass.Forward(network.Graph, network.Weights, network.Features, (node, input) => Closeness.Check(outputs[network.Graph.Nodes[node].Inputs[0]], input, 0, $"input of node {node}"));
    }

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Back_Repeated_LeavesNoTensorsAndTheCallersRows(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        var seeds = Random(network);

        long left = LiveTensors.LeftBy(() =>
        {
            using var inner = NewDisposeScope();
            Forward(network).Back(seeds, (_, _) => { });
        }, times: 3);

        Assert.AreEqual(0, left);
        Assert.IsFalse(network.Features.IsInvalid);
    }

    private static ReversePass Forward(TestNetwork network) => ReversePass.Forward(network.Graph, network.Weights, network.Features, (_, _) => { });

    private static Tensor Random(TestNetwork network) => randn([Seeds, network.Features.shape[0], network.Graph.OutputSize], generator: new Generator(3));
}
