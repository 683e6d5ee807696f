using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// Reverse-mode differentiation along the module graph by output gradients alone, for several output gradients per row at once. Unlike autograd's tape it keeps only what the
/// way back needs (where each maximum was, where each rectifier let through), so the large activations are freed as soon as the next layer has read them.
/// </summary>
internal sealed class ReversePass
{
    private readonly NetworkGraph graph;
    private readonly Tensor[] weights;
    private readonly int[] readers;
    private readonly bool[] leadsToParameters;
    private readonly Tensor?[] masks;
    private readonly Tensor?[] maxima;

    private ReversePass(NetworkGraph graph, Tensor[] weights)
    {
        this.graph = graph;
        this.weights = weights;
        int count = graph.Nodes.Count;
        readers = new int[count];
        leadsToParameters = new bool[count];
        masks = new Tensor?[count];
        maxima = new Tensor?[count];
        for (int i = 0; i < count; i++)
        {
            leadsToParameters[i] = graph.Nodes[i].Operation.Parameters.Count > 0 || graph.Nodes[i].Inputs.Any(input => leadsToParameters[input]);
            foreach (int input in graph.Nodes[i].Inputs)
            {
                readers[input]++;
            }
        }
    }

    /// <summary>The network's outputs, [batch, classes].</summary>
    public Tensor Logits { get; private set; } = null!;

    /// <summary>The way forward.</summary>
    /// <param name="graph">The network, in evaluation mode.</param>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="features">[batch, features].</param>
    /// <param name="visit">Gets the position and the input of every node with parameters; the input may be freed afterwards.</param>
    /// <returns>What the way back needs; its tensors belong to the current dispose scope.</returns>
    public static ReversePass Forward(NetworkGraph graph, Tensor[] weights, Tensor features, Action<int, Tensor> visit)
    {
        var pass = new ReversePass(graph, weights);
        var outputs = new Tensor?[graph.Nodes.Count];
        int[] waiting = [.. pass.readers];
        outputs[0] = features;
        for (int i = 1; i < outputs.Length; i++)
        {
            var node = graph.Nodes[i];
            if (node.Operation.Parameters.Count > 0)
            {
                visit(i, outputs[node.Inputs[0]]!);
            }

            outputs[i] = pass.Step(i, outputs);
            foreach (int input in node.Inputs)
            {
                // Neither the caller's own rows nor what the way back reads.
                if (--waiting[input] == 0 && input > 0 && pass.masks[input] is null)
                {
                    outputs[input]!.Dispose();
                }
            }
        }

        pass.Logits = outputs[^1]!;
        return pass;
    }

    /// <summary>The same for some of the rows, each as often as it is named, so that rows can have different numbers of output gradients.</summary>
    /// <param name="rows">Positions in the batch, int64.</param>
    /// <returns>A pass whose batch is the rows named; its tensors belong to the current dispose scope.</returns>
    public ReversePass Select(Tensor rows)
    {
        var part = new ReversePass(graph, weights) { Logits = Logits.index_select(0, rows) };
        long batch = Logits.shape[0];
        using var shift = arange(Held(0), Held(rows.shape[0]), Held(1), ScalarType.Int64).sub_(rows).unsqueeze_(1);
        for (int i = 0; i < masks.Length; i++)
        {
            if (masks[i] is { } mask)
            {
                // Channels-last in memory, as the gradients are that it multiplies.
                part.masks[i] = mask.dim() == 4 ? mask.permute(0, 2, 3, 1).index_select(0, rows).permute(0, 3, 1, 2) : mask.index_select(0, rows);
            }

            if (maxima[i] is { } addresses)
            {
                long pixels = graph.Nodes[graph.Nodes[i].Inputs[0]].OutputShape.Aggregate(1L, (product, size) => product * size);
                part.maxima[i] = addresses.view(batch, -1).index_select(0, rows).add_(shift.mul(Held(pixels)), Held(1)).view(1, -1);
            }
        }

        return part;
    }

    /// <summary>The way back.</summary>
    /// <param name="outputGradient">Gradients with respect to the logits, [seeds, batch, classes].</param>
    /// <param name="visit">Gets the position of every node with parameters and the gradients with respect to its output, [seeds, batch, ...].</param>
    public void Back(Tensor outputGradient, Action<int, Tensor> visit)
    {
        var gradients = new Tensor?[graph.Nodes.Count];
        gradients[^1] = outputGradient;
        for (int i = gradients.Length - 1; i > 0; i--)
        {
            // Null where the logits do not depend on the node.
            if (!leadsToParameters[i] || gradients[i] is not { } gradient)
            {
                continue;
            }

            var node = graph.Nodes[i];
            if (node.Operation.Parameters.Count > 0)
            {
                visit(i, gradient);
            }

            foreach (int input in node.Inputs.Where(input => leadsToParameters[input]))
            {
                var part = Step(node, i, gradient);
                gradients[input] = gradients[input] is { } other ? other.add(part, Held(1)) : part;
            }
        }
    }

    private Tensor Step(int i, Tensor?[] outputs)
    {
        var node = graph.Nodes[i];
        Tensor[] inputs = [.. node.Inputs.Select(input => outputs[input]!)];
        switch (node.Operation)
        {
            case MaxPool2dOperation pool:
                var (values, indices) = nn.functional.max_pool2d_with_indices(inputs[0], [pool.Size, pool.Size], [pool.Size, pool.Size]);
                maxima[i] = Addresses(indices.permute(0, 2, 3, 1), node);
                if (ReadsRectifier(node))
                {
                    masks[i] = values;
                }

                return values;
            case GlobalMaxPoolOperation:
                var (largest, where) = inputs[0].flatten(2).max(2);
                maxima[i] = Addresses(where.view(-1, 1, 1, where.shape[1]), node);
                return largest;
            default:
                var output = node.Operation.Forward(inputs, weights.AsSpan(node.FirstParameter, node.Operation.Parameters.Count), default);
                masks[i] = node.Operation is ReluOperation && !MaskedByPool(i) ? output : null;
                return output;
        }
    }

    private Tensor Step(GraphNode node, int i, Tensor gradient)
    {
        switch (node.Operation)
        {
            case LinearOperation:
                return gradient.matmul(weights[node.FirstParameter]);
            case Conv2dOperation convolution:
                return Transposed(convolution, node, gradient);
            case BatchNorm2dOperation norm:
                return gradient.mul(weights[node.FirstParameter].div(weights[node.FirstParameter + 3].add(Held(norm.Epsilon), Held(1)).sqrt()).view(-1, 1, 1));
            case ReluOperation:
                // The sign of the output is the mask as numbers; comparing gives booleans, which multiply ten times slower.
                return masks[i] is { } rectified ? gradient.mul(rectified.sign()) : gradient;
            case MaxPool2dOperation:
                return Scatter(masks[i] is { } maximum ? gradient.mul(maximum.sign()) : gradient, i, node);
            case GlobalMaxPoolOperation:
                return Scatter(gradient.unsqueeze(-1), i, node);
            case ScaleOperation scale:
                return gradient.mul(Held(scale.Factor));
            case FlattenOperation:
                return gradient.unflatten(2, [.. graph.Nodes[node.Inputs[0]].OutputShape]);
            case ToImageOperation:
                return gradient.flatten(2);
            case AddOperation:
                return gradient;
            default:
                throw SupportedLayers.Refusal(node);
        }
    }

    /// <summary>A maximum of rectified values is above zero where the rectifier let it through, so the mask is applied to the few maxima and not to all pixels.</summary>
    private bool ReadsRectifier(GraphNode node) => graph.Nodes[node.Inputs[0]].Operation is ReluOperation && readers[node.Inputs[0]] == 1;

    private bool MaskedByPool(int rectifier) => readers[rectifier] == 1 && graph.Nodes.Any(node => node.Operation is MaxPool2dOperation && node.Inputs[0] == rectifier);

    private Tensor Transposed(Conv2dOperation layer, GraphNode node, Tensor gradient)
    {
        var shape = graph.Nodes[node.Inputs[0]].OutputShape;
        // Pixels past the last position of the kernel belong to no output; the transposed convolution has to be told of them.
        long Rest(long size) => (size + (2 * layer.Padding) - (layer.Dilation * (layer.KernelSize - 1)) - 1) % layer.Stride;
        var input = nn.functional.conv_transpose2d(
            gradient.flatten(0, 1), weights[node.FirstParameter], null, [layer.Stride, layer.Stride], [layer.Padding, layer.Padding], [Rest(shape[1]), Rest(shape[2])], [layer.Dilation, layer.Dilation], layer.Groups);
        return input.unflatten(0, [gradient.shape[0], gradient.shape[1]]);
    }

    /// <summary>Where maxima are in the memory of a channels-last batch: pixels [batch, height, width, planes] to places [1, entries]. One flat scatter is half as dear as one per plane.</summary>
    private Tensor Addresses(Tensor pixels, GraphNode node)
    {
        using var scope = NewDisposeScope();
        var shape = graph.Nodes[node.Inputs[0]].OutputShape;
        var first = arange(Held(0), Held(pixels.shape[0]), Held(1), ScalarType.Int64).mul_(Held(shape[0] * shape[1] * shape[2])).view(-1, 1, 1, 1).add(arange(Held(0), Held(shape[0]), Held(1), ScalarType.Int64), Held(1));
        return pixels.mul(Held(shape[0])).add_(first, Held(1)).reshape(1, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Puts gradients [seeds, batch, planes, ...] to the pixels where the maxima were, channels-last in memory as the layers before expect it.</summary>
    private Tensor Scatter(Tensor gradient, int i, GraphNode node)
    {
        var shape = graph.Nodes[node.Inputs[0]].OutputShape;
        long seeds = gradient.shape[0], batch = gradient.shape[1];
        var values = gradient.flatten(3).transpose(2, 3).reshape(seeds, -1);
        var pixels = zeros([seeds, batch * shape[0] * shape[1] * shape[2]], dtype: values.dtype).scatter_(1, maxima[i]!.expand(values.shape), values);
        return pixels.view(seeds, batch, shape[1], shape[2], shape[0]).permute(0, 1, 4, 2, 3);
    }
}
