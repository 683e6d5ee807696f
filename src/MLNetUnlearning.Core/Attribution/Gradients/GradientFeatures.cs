using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>Projected per-example gradients of a network's outputs, by output gradients alone: no weight gradient is ever formed.</summary>
internal sealed class GradientFeatures : IDisposable
{
    private const long MaxActivations = 2_200_000;
    private const int MinRowsPerPass = 8;

    private readonly NetworkGraph graph;
    private readonly LayerProjection[] layers;

    /// <param name="graph">The network.</param>
    /// <param name="projectionSize">Dimensions kept on each side of a layer's gradient.</param>
    /// <param name="seed">Fixes the projections.</param>
    /// <exception cref="UnsupportedLayerException">A layer's gradients are not supported; thrown before any work.</exception>
    public GradientFeatures(NetworkGraph graph, int projectionSize, ulong seed)
    {
        SupportedLayers.Require(graph);
        this.graph = graph;
        layers = [.. Enumerable.Range(0, graph.Nodes.Count).Select(node => LayerProjection.For(graph, node, projectionSize, Training.StableRandom.Mix(seed, (ulong)node))).OfType<LayerProjection>()];
        Size = layers.Sum(layer => layer.Size);
        long perRow = graph.Nodes.Sum(node => node.OutputShape.Aggregate(1L, (product, size) => product * size));
        RowsPerPass = (int)Math.Max(MinRowsPerPass, MaxActivations / perRow);
    }

    /// <summary>The projections of the layers with parameters, in the order in which their gradients follow each other.</summary>
    public IReadOnlyList<LayerProjection> Layers => layers;

    /// <summary>Length of a projected gradient.</summary>
    public int Size { get; }

    /// <summary>
    /// Rows per pass that cost least: past about 10 MB of activations the allocator hands memory back to the system after every pass and gets it anew, which
    /// costs a convolutional network as much as its projections.
    /// </summary>
    public int RowsPerPass { get; }

    /// <summary>Projected gradients of one scalar per example.</summary>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="features">[batch, features].</param>
    /// <param name="outputGradient">Gradient of each example's scalar with respect to its logits, from the logits; [batch, classes] to [batch, classes].</param>
    /// <returns>[batch, <see cref="Size"/>].</returns>
    public Tensor OfScalar(Tensor[] weights, Tensor features, Func<Tensor, Tensor> outputGradient)
    {
        using var scope = NewDisposeScope();
        var outputs = Forward(weights, features, out var projectedInputs);
        return Backward(outputs, projectedInputs, outputGradient(outputs[^1].detach()), retain: false).MoveToOuterDisposeScope();
    }

    /// <summary>Projected gradients of every logit.</summary>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="features">[batch, features].</param>
    /// <returns>Logits [batch, classes] and gradients [batch, classes, <see cref="Size"/>].</returns>
    public (Tensor Logits, Tensor Gradients) OfLogits(Tensor[] weights, Tensor features)
    {
        using var scope = NewDisposeScope();
        var outputs = Forward(weights, features, out var projectedInputs);
        var logits = outputs[^1].detach();
        int classes = graph.OutputSize;
        var gradients = new Tensor[classes];
        for (int c = 0; c < classes; c++)
        {
            using var classScope = NewDisposeScope();
            var seed = zeros_like(logits);
            seed.select(1, c).fill_(1);
            gradients[c] = Backward(outputs, projectedInputs, seed, retain: c < classes - 1).MoveToOuterDisposeScope();
        }

        return (logits.MoveToOuterDisposeScope(), stack(gradients, 1).MoveToOuterDisposeScope());
    }

    /// <summary>Turns a direction among projected gradients into one among the network's tensors.</summary>
    /// <param name="direction">[<see cref="Size"/>].</param>
    /// <returns>One entry per tensor of the network; null where the tensor does not move.</returns>
    public Tensor?[] Lift(Tensor direction)
    {
        var result = new Tensor?[graph.Parameters.Count];
        long offset = 0;
        foreach (var layer in layers)
        {
            layer.Lift(direction.slice(0, offset, offset + layer.Size, 1)).CopyTo(result.AsSpan(graph.Nodes[layer.Node].FirstParameter));
            offset += layer.Size;
        }

        return result;
    }

    /// <summary>Frees the projection matrices.</summary>
    public void Dispose()
    {
        foreach (var layer in layers)
        {
            layer.Dispose();
        }
    }

    private Tensor[] Forward(Tensor[] weights, Tensor features, out Tensor[] projectedInputs)
    {
        var outputs = new Tensor[graph.Nodes.Count];
        // The first layer's output gets a gradient only if something before it asks for one.
        graph.Forward(weights, features.detach().requires_grad_(), stacked: false, training: false, outputs);
        using var noGrad = no_grad();
        projectedInputs = new Tensor[layers.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            var node = graph.Nodes[layers[i].Node];
            projectedInputs[i] = layers[i].ProjectInput(outputs[node.Inputs[0]].detach(), weights.AsSpan(node.FirstParameter, node.Operation.Parameters.Count));
        }

        return outputs;
    }

    private Tensor Backward(Tensor[] outputs, Tensor[] projectedInputs, Tensor outputGradient, bool retain)
    {
        var layerOutputs = layers.Select(layer => outputs[layer.Node]).ToArray();
        var gradients = autograd.grad([outputs[^1]], layerOutputs, [outputGradient], retain_graph: retain);
        using var noGrad = no_grad();
        return cat([.. layers.Select((layer, i) => layer.ProjectGradient(projectedInputs[i], gradients[i]))], 1);
    }
}
