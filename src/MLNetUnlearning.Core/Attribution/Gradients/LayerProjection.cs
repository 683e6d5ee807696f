using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>
/// Projects the per-example gradient of one layer without building it. A layer's weight gradient is a sum of products of an output gradient and
/// an input, so projecting the two factors first (P_out d)(P_in a)ᵀ gives P_out G P_inᵀ (the two-sided projection of LoGra,
/// Choe et al. 2024, arXiv 2405.13954), at less cost than the gradient itself.
/// </summary>
internal abstract class LayerProjection : IDisposable
{
    /// <summary>Position of the layer in <see cref="NetworkGraph.Nodes"/>.</summary>
    public required int Node { get; init; }

    /// <summary>The random matrices: output side [k, outputs] and input side [k, inputs], or the only one [k, gradient] of a layer whose gradient is a vector.</summary>
    public abstract IReadOnlyList<Tensor> Matrices { get; }

    /// <summary>Length of the projected gradient.</summary>
    public abstract int Size { get; }

    /// <summary>What of the input the gradient needs, projected once per batch and used for every output gradient.</summary>
    /// <param name="input">Input of the layer, [batch, ...].</param>
    /// <param name="parameters">The layer's tensors.</param>
    public abstract Tensor ProjectInput(Tensor input, ReadOnlySpan<Tensor> parameters);

    /// <summary>The projected gradients of each example.</summary>
    /// <param name="projectedInput">Result of <see cref="ProjectInput"/>.</param>
    /// <param name="outputGradient">Gradients with respect to the layer's output, [seeds, batch, ...].</param>
    /// <returns>[seeds, batch, <see cref="Size"/>].</returns>
    public abstract Tensor ProjectGradient(Tensor projectedInput, Tensor outputGradient);

    /// <summary>Length of what differs between classes in the projected gradients of a row's logits: all of it, unless they are products of two sides.</summary>
    public virtual int ClassSize => Size;

    /// <summary>Length of what the projected gradients of a row's logits have in common; 0 if nothing.</summary>
    public virtual int SharedSize => 0;

    /// <summary>What differs between classes.</summary>
    /// <param name="projectedInput">Result of <see cref="ProjectInput"/>; if <see cref="SharedSize"/> is above 0, this is what classes share.</param>
    /// <param name="outputGradient">Gradients with respect to the layer's output, [classes, batch, ...].</param>
    /// <returns>[classes, batch, <see cref="ClassSize"/>].</returns>
    public virtual Tensor ProjectClasses(Tensor projectedInput, Tensor outputGradient) => ProjectGradient(projectedInput, outputGradient);

    /// <summary>The projected gradients from what differs between classes and what they share.</summary>
    /// <param name="classes">[batch, classes, <see cref="ClassSize"/>].</param>
    /// <param name="shared">[batch, <see cref="SharedSize"/>].</param>
    /// <returns>[batch, classes, <see cref="Size"/>].</returns>
    public virtual Tensor Join(Tensor classes, Tensor shared) => classes;

    /// <summary>What the inner product of <c>classes</c> with a direction among projected gradients is taken with: for products of two sides, the direction applied to the side that classes share.</summary>
    /// <param name="shared">[batch, <see cref="SharedSize"/>].</param>
    /// <param name="direction">[<see cref="Size"/>].</param>
    /// <returns>[batch, <see cref="ClassSize"/>].</returns>
    public virtual Tensor ClassDirection(Tensor shared, Tensor direction) => direction.expand(shared.shape[0], ClassSize);

    /// <summary>The direction in the layer's own parameters whose inner product with a gradient is the inner product of <paramref name="direction"/> with the projected one.</summary>
    /// <param name="direction">[<see cref="Size"/>].</param>
    /// <returns>One tensor per trainable tensor of the layer.</returns>
    public abstract Tensor[] Lift(Tensor direction);

    /// <summary>Frees the projection matrices.</summary>
    public abstract void Dispose();

    /// <summary>The projection for a node, or null if the node has no parameters.</summary>
    /// <exception cref="UnsupportedLayerException">The layer has parameters and no known gradient form.</exception>
    public static LayerProjection? For(NetworkGraph graph, int node, int size, ulong seed) => graph.Nodes[node].Operation switch
    {
        LinearOperation linear => new LinearProjection(linear, size, seed) { Node = node },
        Conv2dOperation convolution => new Conv2dProjection(convolution, size, seed) { Node = node },
        BatchNorm2dOperation norm => new BatchNorm2dProjection(norm, size, seed) { Node = node },
        { Parameters.Count: 0 } => null,
        _ => throw SupportedLayers.Refusal(graph.Nodes[node]),
    };

    /// <summary>A random matrix [size, dimension] with independent normal entries of variance 1/size; the identity if it would not shrink anything.</summary>
    private protected static Tensor RandomProjection(long dimension, int size, ulong seed)
    {
        if (size >= dimension)
        {
            return eye(dimension).DetachFromDisposeScope();
        }

        using var generator = new Generator(seed);
        using var scope = NewDisposeScope();
        return Draws.Normal([size, dimension], generator).div(Held(Math.Sqrt(size))).DetachFromDisposeScope();
    }
}
