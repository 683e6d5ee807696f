using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Kernels;

/// <summary>Exact per-row gradients of a network's outputs, in the precision of its weights: one set of factors per layer with parameters.</summary>
internal sealed class NetworkGradients
{
    private readonly NetworkGraph graph;
    private readonly int[] nodes;
    private readonly GradientFactors[] layers;

    private NetworkGradients(NetworkGraph graph, int[] nodes, GradientFactors[] layers)
    {
        this.graph = graph;
        this.nodes = nodes;
        this.layers = layers;
    }

    /// <summary>Number of parameters.</summary>
    public long Size => layers.Sum(layer => layer.Size);

    /// <summary>Gradients of every logit.</summary>
    /// <param name="graph">The network, in evaluation mode; its layers are supported (<see cref="LayerProjection.For"/>).</param>
    /// <param name="weights">Its tensors, without model axis.</param>
    /// <param name="features">[rows, features], of the weights' type.</param>
    /// <param name="batchSize">Rows per pass.</param>
    /// <param name="cancellationToken">Checked before every pass.</param>
    /// <returns>Logits [rows, classes], and gradients with the logits as outputs.</returns>
    public static (Tensor Logits, NetworkGradients Gradients) OfLogits(NetworkGraph graph, Tensor[] weights, Tensor features, int batchSize, CancellationToken cancellationToken)
    {
        int[] nodes = [.. Enumerable.Range(0, graph.Nodes.Count).Where(node => graph.Nodes[node].Operation.Parameters.Count > 0)];
        var logits = new List<Tensor>();
        var batches = new List<GradientFactors[]>();
        for (long start = 0; start < features.shape[0]; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var outputs = new Tensor[graph.Nodes.Count];
            var gradients = Backward(graph, weights, features.slice(0, start, Math.Min(start + batchSize, features.shape[0]), 1), nodes, outputs);
            logits.Add(outputs[^1].detach().MoveToOuterDisposeScope());
            batches.Add([.. nodes.Select((node, i) => Factors(graph.Nodes[node], outputs[graph.Nodes[node].Inputs[0]].detach(), gradients[i], weights).MoveToOuterDisposeScope())]);
        }

        return (cat(logits), new NetworkGradients(graph, nodes, [.. nodes.Select((_, i) => Concatenate([.. batches.Select(batch => batch[i])]))]));
    }

    /// <inheritdoc cref="GradientFactors.Mix"/>
    public NetworkGradients Mix(Tensor combinations) => new(graph, nodes, [.. layers.Select(layer => layer.Mix(combinations))]);

    /// <inheritdoc cref="GradientFactors.Inner"/>
    public Tensor Inner(NetworkGradients other)
    {
        var sum = layers[0].Inner(other.layers[0]);
        for (int i = 1; i < layers.Length; i++)
        {
            using var scope = NewDisposeScope();
            sum.add_(layers[i].Inner(other.layers[i]), Held(1));
        }

        return sum;
    }

    /// <inheritdoc cref="GradientFactors.Materialize"/>
    public Tensor Materialize() => cat([.. layers.Select(layer => layer.Materialize())], 1);

    /// <inheritdoc cref="GradientFactors.Sum"/>
    public Tensor Sum(Tensor weights) => cat([.. layers.Select(layer => layer.Sum(weights))]);

    /// <summary>Cuts a vector of all parameters into one entry per tensor of the network; null where the tensor is not trained.</summary>
    public Tensor?[] Split(Tensor direction)
    {
        var result = new Tensor?[graph.Parameters.Count];
        long offset = 0;
        for (int i = 0; i < layers.Length; i++)
        {
            var part = direction.slice(0, offset, offset + layers[i].Size, 1);
            offset += layers[i].Size;
            var node = graph.Nodes[nodes[i]];
            var parameters = node.Operation.Parameters;
            int first = node.FirstParameter;
            if (node.Operation is BatchNorm2dOperation)
            {
                long channels = parameters[0].Count;
                result[first] = part.slice(0, 0, channels, 1);
                result[first + 1] = part.slice(0, channels, 2 * channels, 1);
                continue;
            }

            // [outputs, inputs + bias]: the bias is the last column.
            var matrix = part.view(parameters[0].Shape[0], -1);
            long inputs = parameters[0].Count / parameters[0].Shape[0];
            result[first] = matrix.slice(1, 0, inputs, 1).reshape([.. parameters[0].Shape]);
            if (parameters.Count > 1)
            {
                result[first + 1] = matrix.select(1, inputs);
            }
        }

        return result;
    }

    /// <summary>Gradients of every logit with respect to the outputs of layers, [rows, classes, ...] each.</summary>
    private static Tensor[] Backward(NetworkGraph graph, Tensor[] weights, Tensor features, int[] nodes, Tensor[] outputs)
    {
        using var grad = enable_grad();
        // The first layer's output gets a gradient only if something before it asks for one.
        var logits = graph.Forward(weights, features.detach().requires_grad_(), stacked: false, training: false, outputs);
        Tensor[] layerOutputs = [.. nodes.Select(node => outputs[node])];
        var perClass = Enumerable.Range(0, graph.OutputSize).Select(c =>
        {
            var seed = zeros_like(logits);
            seed.select(1, c).fill_(Held(1));
            return autograd.grad([logits], layerOutputs, [seed], retain_graph: true);
        }).ToArray();
        return [.. nodes.Select((_, i) => stack(perClass.Select(gradients => gradients[i].detach()), 1))];
    }

    private static GradientFactors Factors(GraphNode node, Tensor input, Tensor gradients, Tensor[] weights)
    {
        switch (node.Operation)
        {
            case LinearOperation linear:
                return new LinearFactors(linear.HasBias ? cat([input, ones_like(input.slice(1, 0, 1, 1))], 1) : input, gradients);
            case Conv2dOperation convolution:
                var patches = nn.functional.unfold(input, convolution.KernelSize, 1, convolution.Padding, convolution.Stride);
                patches = convolution.HasBias ? cat([patches, ones_like(patches.slice(1, 0, 1, 1))], 1) : patches;
                // Sum over pixels of output gradient times patch: [rows, classes, planes, pixels] · [rows, 1, pixels, patch].
                return new PlainFactors(gradients.flatten(3).matmul(patches.transpose(1, 2).unsqueeze(1)).flatten(2));
            case BatchNorm2dOperation norm:
                var normalized = BatchNorm2dProjection.Normalize(norm, input, weights.AsSpan(node.FirstParameter, norm.Parameters.Count)).flatten(2).unsqueeze(1);
                return new PlainFactors(cat([gradients.flatten(3).mul(normalized).sum([3]), gradients.flatten(3).sum([3])], 2));
            default:
                throw new UnsupportedLayerException($"Layer '{node.Name}' ({node.Operation.GetType().Name}) has parameters whose gradients are not supported.");
        }
    }

    private static GradientFactors Concatenate(GradientFactors[] parts) => parts[0] is LinearFactors
        ? new LinearFactors(cat([.. parts.Cast<LinearFactors>().Select(part => part.Inputs)]), cat([.. parts.Cast<LinearFactors>().Select(part => part.OutputGradients)]))
        : new PlainFactors(cat([.. parts.Cast<PlainFactors>().Select(part => part.Gradients)]));
}
