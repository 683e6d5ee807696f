using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// Forward-mode differentiation along the module graph: how the logits move when the weights move in a direction, J v, at about the cost of two forward passes
/// and for all logits at once. TorchSharp has no forward mode of its own.
/// </summary>
internal static class TangentPass
{
    /// <param name="graph">The network, in evaluation mode.</param>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="direction">One entry per tensor; null where the tensor does not move.</param>
    /// <param name="features">[batch, features].</param>
    /// <returns>Logits and their derivative along the direction, [batch, classes] each.</returns>
    /// <exception cref="UnsupportedLayerException">A layer's derivative is not supported; thrown before any work.</exception>
    public static (Tensor Logits, Tensor Tangent) Run(NetworkGraph graph, Tensor[] weights, Tensor?[] direction, Tensor features)
    {
        SupportedLayers.Require(graph);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var outputs = new Tensor[graph.Nodes.Count];
        graph.Forward(weights, features, stacked: false, training: false, outputs);
        var tangent = Along(graph, weights, direction, outputs);
        return (outputs[^1].MoveToOuterDisposeScope(), tangent.MoveToOuterDisposeScope());
    }

    /// <summary>The derivative where the outputs of all nodes are known already.</summary>
    /// <param name="graph">The network, in evaluation mode.</param>
    /// <param name="weights">The network's tensors, without model axis.</param>
    /// <param name="direction">One entry per tensor; null where the tensor does not move.</param>
    /// <param name="outputs">Output of every node.</param>
    /// <returns>[batch, classes].</returns>
    /// <exception cref="UnsupportedLayerException">A layer's derivative is not supported.</exception>
    public static Tensor Along(NetworkGraph graph, Tensor[] weights, Tensor?[] direction, Tensor[] outputs)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Null stands for zero: nothing has moved yet.
        var tangents = new Tensor?[outputs.Length];
        for (int i = 1; i < outputs.Length; i++)
        {
            var node = graph.Nodes[i];
            int first = node.FirstParameter, count = node.Operation.Parameters.Count;
            tangents[i] = Step(node, outputs, tangents, weights.AsSpan(first, count), direction.AsSpan(first, count), outputs[i]);
        }

        return (tangents[^1] ?? zeros_like(outputs[^1])).MoveToOuterDisposeScope();
    }

    private static Tensor? Step(GraphNode node, Tensor[] outputs, Tensor?[] tangents, ReadOnlySpan<Tensor> weights, ReadOnlySpan<Tensor?> direction, Tensor output)
    {
        var input = outputs[node.Inputs[0]];
        var tangent = tangents[node.Inputs[0]];
        switch (node.Operation)
        {
            case LinearOperation:
                return Sum(
                    tangent is null ? null : nn.functional.linear(tangent, weights[0]),
                    direction[0] is null ? null : nn.functional.linear(input, direction[0]!, direction.Length > 1 ? direction[1] : null));
            case Conv2dOperation convolution:
                return Sum(
                    tangent is null ? null : convolution.Convolve(tangent, weights[0], null),
                    direction[0] is null ? null : convolution.Convolve(input, direction[0]!, direction.Length > 1 ? direction[1] : null));
            case BatchNorm2dOperation norm:
                return Sum(
                    tangent?.mul(weights[0].div(weights[3].add(Held(norm.Epsilon), Held(1)).sqrt()).view(1, -1, 1, 1)),
                    direction[0] is null ? null : BatchNorm2dProjection.Normalize(norm, input, weights).mul(direction[0]!.view(1, -1, 1, 1)).add(direction[1]!.view(1, -1, 1, 1), Held(1)));
            case AddOperation:
                return Sum(tangent, tangents[node.Inputs[1]]);
            case ReluOperation:
                // The sign is the mask as numbers; booleans multiply ten times slower.
                return tangent?.mul(output.sign());
            case MaxPool2dOperation pool:
                return tangent is null ? null : Pick(tangent, nn.functional.max_pool2d_with_indices(input, [pool.Size, pool.Size], [pool.Size, pool.Size]).indices);
            case GlobalMaxPoolOperation:
                return tangent?.flatten(2).gather(2, input.flatten(2).argmax(2, keepdim: true)).squeeze(2);
            case ScaleOperation or FlattenOperation or ToImageOperation:
                return tangent is null ? null : node.Operation.Forward([tangent], default, default);
            default:
                throw SupportedLayers.Refusal(node);
        }
    }

    private static Tensor Pick(Tensor tangent, Tensor indices) => tangent.flatten(2).gather(2, indices.flatten(2)).view(indices.shape);

    private static Tensor? Sum(Tensor? a, Tensor? b) => a is null ? b : b is null ? a : a.add(b, Held(1));
}
