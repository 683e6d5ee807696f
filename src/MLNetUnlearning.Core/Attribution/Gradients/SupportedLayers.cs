using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// The layers whose per-example gradients and forward-mode derivatives are known. A closed list, because a layer without parameters can be wrong too: one that
/// mixes the rows of a batch gives gradients that belong to no single row.
/// </summary>
internal static class SupportedLayers
{
    /// <summary>Checks every layer of a network; cheap, so that it can come before any work.</summary>
    /// <exception cref="UnsupportedLayerException">A layer is not supported; names it and its operation.</exception>
    public static void Require(NetworkGraph graph)
    {
        foreach (var node in graph.Nodes)
        {
            if (node.Operation is not (InputOperation or LinearOperation or Conv2dOperation or BatchNorm2dOperation or AddOperation or ReluOperation
                or MaxPool2dOperation or GlobalMaxPoolOperation or ScaleOperation or FlattenOperation or ToImageOperation))
            {
                throw Refusal(node);
            }
        }
    }

    /// <summary>The error that names a layer.</summary>
    public static UnsupportedLayerException Refusal(GraphNode node) => new(
        $"Layer '{node.Name}' ({node.Operation.GetType().Name}) is not supported by attribution; supported are affine, convolution, batch normalisation, ReLU, "
        + "max pooling, global max pooling, flatten, image, sum and scale layers.");
}
