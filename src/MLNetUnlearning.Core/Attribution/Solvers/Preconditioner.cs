using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// Approximate inverse of a model's Gauss-Newton matrix plus ridge: Kronecker factors for affine layers and ungrouped convolutions, the ridge alone for what else is trained (a few numbers
/// per plane). Made once per model; labels are drawn from the model's own predictions, which makes the second moment of gradients the Gauss-Newton matrix.
/// </summary>
internal sealed class Preconditioner : IDisposable
{
    /// <summary>Most rows that it is made from: it steers the solver, and the result does not depend on how well.</summary>
    private const long MaxRows = 1000;

    private readonly NetworkGraph graph;
    private readonly ParameterVector vector;
    private readonly Dictionary<int, LayerCurvature> layers = [];

    /// <param name="graph">The network.</param>
    /// <param name="weights">Its tensors, without model axis.</param>
    /// <param name="features">A sample of rows, [rows, features].</param>
    /// <param name="rowCount">Rows that the sample stands for.</param>
    /// <param name="loss">The loss whose curvature is meant.</param>
    /// <param name="seed">Fixes the labels drawn.</param>
    public Preconditioner(NetworkGraph graph, Tensor[] weights, Tensor features, int rowCount, TrainingLoss loss, ulong seed)
    {
        this.graph = graph;
        vector = new ParameterVector(graph);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        features = CurvatureSample.Spread(features, MaxRows);
        int[] nodes = Factored(graph);
        var outputs = new Tensor[graph.Nodes.Count];
        using (enable_grad())
        {
            graph.Forward(weights, features.detach().requires_grad_(), stacked: false, training: false, outputs);
        }

        var gradients = autograd.grad([outputs[^1]], [.. nodes.Select(node => outputs[node])], [Residual(outputs[^1].detach(), loss, seed)]);
        for (int i = 0; i < nodes.Length; i++)
        {
            using var layerScope = NewDisposeScope();
            var node = graph.Nodes[nodes[i]];
            var (inputs, positions) = node.Operation is Conv2dOperation convolution
                ? (Patches(convolution, outputs[node.Inputs[0]].detach()), gradients[i].flatten(2).transpose(1, 2))
                : (outputs[node.Inputs[0]].detach().unsqueeze(1), gradients[i].unsqueeze(1));
            bool bias = node.Operation.Parameters.Count > 1;
            layers[nodes[i]] = new LayerCurvature(bias ? cat([inputs, ones(inputs.shape[0], inputs.shape[1], 1)], 2) : inputs, positions, rowCount);
        }
    }

    private Preconditioner(NetworkGraph graph, IReadOnlyList<LayerCurvature> factored)
    {
        this.graph = graph;
        vector = new ParameterVector(graph);
        layers = Factored(graph).Zip(factored).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>Types and shapes of the tensors of a network's preconditioner.</summary>
    public static IReadOnlyList<TensorShape> Shapes(NetworkGraph graph) => [.. Factored(graph).SelectMany(node =>
    {
        var shape = graph.Parameters[graph.Nodes[node].FirstParameter].Shape;
        long outputs = shape[0], inputs = shape.Skip(1).Aggregate(1L, (product, size) => product * size) + graph.Nodes[node].Operation.Parameters.Count - 1;
        return LayerCurvature.Shapes(outputs, inputs);
    })];

    /// <summary>The preconditioner whose tensors were stored; takes them over.</summary>
    public static Preconditioner Restore(NetworkGraph graph, Tensor[] state) => new(graph, [.. state.Chunk(3).Select(layer => new LayerCurvature(layer[0], layer[1], layer[2]))]);

    /// <summary>Its tensors; they belong to this object.</summary>
    public IEnumerable<Tensor> State() => Factored(graph).SelectMany(node => layers[node].State);

    /// <summary>Multiplies by the approximate inverse.</summary>
    public Tensor Solve(Tensor right, double ridge)
    {
        using var scope = NewDisposeScope();
        var parts = vector.Split(right);
        for (int node = 0; node < graph.Nodes.Count; node++)
        {
            int first = graph.Nodes[node].FirstParameter, count = graph.Nodes[node].Operation.Parameters.Count;
            if (!layers.TryGetValue(node, out var layer))
            {
                for (int i = first; i < first + count; i++)
                {
                    parts[i] = parts[i]?.div(Held(ridge));
                }

                continue;
            }

            var weight = parts[first]!;
            var matrix = weight.flatten(1);
            long inputs = matrix.shape[1];
            var solved = layer.Solve(count > 1 ? cat([matrix, parts[first + 1]!.unsqueeze(1)], 1) : matrix, ridge);
            parts[first] = solved.slice(1, 0, inputs, 1);
            if (count > 1)
            {
                parts[first + 1] = solved.select(1, inputs);
            }
        }

        return ParameterVector.Join(parts.OfType<Tensor>()).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var layer in layers.Values)
        {
            layer.Dispose();
        }
    }

    /// <summary>Layers with Kronecker factors, ascending.</summary>
    private static int[] Factored(NetworkGraph graph) =>
        [.. Enumerable.Range(0, graph.Nodes.Count).Where(node => graph.Nodes[node].Operation is LinearOperation or Conv2dOperation { Groups: 1 })];

    private static Tensor Residual(Tensor logits, TrainingLoss loss, ulong seed)
    {
        using var generator = new Generator(seed);
        if (loss == TrainingLoss.SquaredError)
        {
            return Draws.Normal(logits.shape, generator);
        }

        // The Gumbel trick: an argmax of noisy logits is a draw from their softmax.
        var noise = Draws.Uniform(logits.shape, generator).clamp(Held(1e-7), Held(1 - 1e-7)).log().neg().log().neg();
        return logits.softmax(1).sub(nn.functional.one_hot(logits.add(noise, Held(1)).argmax(1), logits.shape[1]));
    }

    /// <summary>The patches under the kernel, [rows, positions, inputs x kernel].</summary>
    private static Tensor Patches(Conv2dOperation layer, Tensor images) =>
        nn.functional.unfold(images, (layer.KernelSize, layer.KernelSize), (layer.Dilation, layer.Dilation), (layer.Padding, layer.Padding), (layer.Stride, layer.Stride)).transpose(1, 2);
}
