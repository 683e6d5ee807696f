using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>Projected per-example gradients of a network's outputs, by output gradients alone: no weight gradient is ever formed.</summary>
internal sealed class GradientFeatures : IDisposable
{
    private const long MaxActivations = 2_600_000;
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
        ClassSize = layers.Sum(layer => layer.ClassSize);
        SharedSize = layers.Sum(layer => layer.SharedSize);
        long perRow = graph.Nodes.Sum(node => node.OutputShape.Aggregate(1L, (product, size) => product * size));
        RowsPerPass = (int)Math.Max(MinRowsPerPass, MaxActivations / perRow);
    }

    /// <summary>The projections of the layers with parameters, in the order in which their gradients follow each other.</summary>
    public IReadOnlyList<LayerProjection> Layers => layers;

    /// <summary>Length of a projected gradient.</summary>
    public int Size { get; }

    /// <summary>Number of logits.</summary>
    public int Classes => graph.OutputSize;

    /// <summary>Length of what differs between classes in <see cref="LogitGradients"/>.</summary>
    public int ClassSize { get; }

    /// <summary>Length of what classes share in <see cref="LogitGradients"/>.</summary>
    public int SharedSize { get; }

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
        using var noGrad = no_grad();
        var pass = Forward(weights, features, out var projectedInputs);
        return Backward(pass, projectedInputs, outputGradient(pass.Logits).unsqueeze(0), (layer, input, gradient) => layer.ProjectGradient(input, gradient)).squeeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Projected gradients of some weighted sums of logits, of as many for each row as are asked for: a backward pass each.</summary>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="features">[batch, features].</param>
    /// <param name="choose">From the logits [batch, classes] the row of each sum, [sums] int64, and its weights, [sums, classes].</param>
    /// <returns>[sums, <see cref="Size"/>].</returns>
    public Tensor OfSums(Tensor[] weights, Tensor features, Func<Tensor, (Tensor Rows, Tensor Weights)> choose)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var pass = Forward(weights, features, out var projectedInputs);
        var (rows, sums) = choose(pass.Logits);
        var result = empty([rows.shape[0], Size], dtype: pass.Logits.dtype);
        for (long first = 0; first < rows.shape[0]; first += RowsPerPass)
        {
            using var part = NewDisposeScope();
            long end = Math.Min(first + RowsPerPass, rows.shape[0]);
            var some = rows.slice(0, first, end, 1);
            Tensor[] inputs = [.. projectedInputs.Select(input => input.index_select(0, some))];
            var gradients = Backward(pass.Select(some), inputs, sums.slice(0, first, end, 1).unsqueeze(0), (layer, input, gradient) => layer.ProjectGradient(input, gradient));
            result.slice(0, first, end, 1).copy_(gradients.squeeze(0));
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Projected gradients of every logit.</summary>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="features">[batch, features].</param>
    /// <returns>Logits [batch, classes] and gradients [batch, classes, <see cref="Size"/>].</returns>
    public (Tensor Logits, Tensor Gradients) OfLogits(Tensor[] weights, Tensor features)
    {
        using var scope = NewDisposeScope();
        var factored = FactorLogits(weights, features);
        return (factored.Logits.MoveToOuterDisposeScope(), Join(factored).MoveToOuterDisposeScope());
    }

    /// <summary>Projected gradients of every logit, not multiplied out.</summary>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="features">[batch, features].</param>
    public LogitGradients FactorLogits(Tensor[] weights, Tensor features)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var pass = Forward(weights, features, out var projectedInputs);
        long classes = graph.OutputSize, batch = features.shape[0];
        var seeds = eye(classes, dtype: pass.Logits.dtype).unsqueeze(1).expand(classes, batch, classes);
        // As many classes at once as a pass of so many rows has room for.
        long together = Math.Clamp(RowsPerPass / batch, 1, classes);
        var result = empty([batch, classes, ClassSize], dtype: pass.Logits.dtype);
        for (long first = 0; first < classes; first += together)
        {
            using var part = NewDisposeScope();
            long end = Math.Min(first + together, classes);
            var gradients = Backward(pass, projectedInputs, seeds.slice(0, first, end, 1), (layer, input, gradient) => layer.ProjectClasses(input, gradient));
            result.slice(1, first, end, 1).copy_(gradients.transpose(0, 1));
        }

        Tensor[] shared = [.. layers.Select((layer, i) => layer.SharedSize > 0 ? projectedInputs[i] : empty([batch, 0], dtype: pass.Logits.dtype))];
        return new LogitGradients(pass.Logits, result, cat(shared, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Multiplies gradients out.</summary>
    /// <returns>[rows, classes, <see cref="Size"/>].</returns>
    public Tensor Join(LogitGradients gradients)
    {
        using var scope = NewDisposeScope();
        return cat([.. PerLayer(gradients, (layer, classes, shared) => layer.Join(classes, shared))], 2).MoveToOuterDisposeScope();
    }

    /// <summary>How far the logits move in a direction among projected gradients: what <see cref="TangentPass"/> gives along the lifted direction.</summary>
    /// <param name="gradients">Gradients of some rows' logits.</param>
    /// <param name="direction">[<see cref="Size"/>].</param>
    /// <returns>[rows, classes].</returns>
    public Tensor Along(LogitGradients gradients, Tensor direction)
    {
        using var scope = NewDisposeScope();
        return gradients.Classes.bmm(ClassDirections(gradients.Shared, direction).unsqueeze(2)).squeeze(2).MoveToOuterDisposeScope();
    }

    /// <summary>What each row's <see cref="LogitGradients.Classes"/> are multiplied by for that: one product over all layers, because a row's numbers lie together in memory and a layer's do not.</summary>
    /// <param name="shared">What classes share, [rows, <see cref="SharedSize"/>].</param>
    /// <param name="direction">[<see cref="Size"/>].</param>
    /// <returns>[rows, <see cref="ClassSize"/>].</returns>
    public Tensor ClassDirections(Tensor shared, Tensor direction)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        long own = 0, start = 0;
        foreach (var layer in layers)
        {
            parts.Add(layer.ClassDirection(shared.slice(1, own, own += layer.SharedSize, 1), direction.slice(0, start, start += layer.Size, 1)));
        }

        return cat([.. parts], 1).MoveToOuterDisposeScope();
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

    private ReversePass Forward(Tensor[] weights, Tensor features, out Tensor[] projectedInputs)
    {
        var projected = new Tensor[layers.Length];
        int layer = 0;
        var pass = ReversePass.Forward(graph, weights, features, (node, input) =>
        {
            projected[layer] = layers[layer].ProjectInput(input, weights.AsSpan(graph.Nodes[node].FirstParameter, graph.Nodes[node].Operation.Parameters.Count));
            layer++;
        });
        projectedInputs = projected;
        return pass;
    }

    /// <summary>Output gradients [seeds, batch, classes] to projected gradients [seeds, batch, ...] of all layers.</summary>
    private Tensor Backward(ReversePass pass, Tensor[] projectedInputs, Tensor outputGradient, Func<LayerProjection, Tensor, Tensor, Tensor> project)
    {
        var parts = new Tensor[layers.Length];
        int layer = layers.Length;
        pass.Back(outputGradient, (_, gradient) =>
        {
            layer--;
            parts[layer] = project(layers[layer], projectedInputs[layer], gradient);
        });
        return cat(parts, 2);
    }

    /// <summary>Does something with each layer's columns of gradients, layer after layer.</summary>
    private IEnumerable<Tensor> PerLayer(LogitGradients gradients, Func<LayerProjection, Tensor, Tensor, Tensor> compute)
    {
        long classes = 0, shared = 0;
        foreach (var layer in layers)
        {
            yield return compute(layer, gradients.Classes.slice(2, classes, classes += layer.ClassSize, 1), gradients.Shared.slice(1, shared, shared += layer.SharedSize, 1));
        }
    }
}
