using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>The trainable tensors of a network as one long vector.</summary>
internal sealed class ParameterVector
{
    private readonly NetworkGraph graph;
    private readonly int[] trainable;

    public ParameterVector(NetworkGraph graph)
    {
        this.graph = graph;
        trainable = [.. Enumerable.Range(0, graph.Parameters.Count).Where(i => graph.Parameters[i].IsTrainable)];
    }

    /// <summary>The trainable ones among a network's tensors.</summary>
    public Tensor[] Pick(Tensor[] tensors) => [.. trainable.Select(i => tensors[i])];

    /// <summary>One vector of gradients, in the order of <see cref="Pick"/>.</summary>
    public static Tensor Join(IEnumerable<Tensor> gradients) => cat([.. gradients.Select(gradient => gradient.flatten())]);

    /// <summary>Views of the vector in the shapes of the network's tensors; null for tensors that are not trained.</summary>
    public Tensor?[] Split(Tensor vector)
    {
        var result = new Tensor?[graph.Parameters.Count];
        long offset = 0;
        foreach (int i in trainable)
        {
            long count = graph.Parameters[i].Count;
            result[i] = vector.slice(0, offset, offset + count, 1).view([.. graph.Parameters[i].Shape]);
            offset += count;
        }

        return result;
    }

    /// <summary>A model's tensors, moved; those that are not trained are the same.</summary>
    /// <param name="tensors">Without model axis; not changed.</param>
    /// <param name="change">[trainable elements].</param>
    public Tensor[] Moved(Tensor[] tensors, Tensor change)
    {
        var parts = Split(change);
        return [.. tensors.Select((tensor, i) => parts[i] is null ? tensor : tensor.add(parts[i]!, Held(1)))];
    }
}
