using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Where a deletion moves one model, in double precision.</summary>
internal sealed class ExactKernelStep : IDisposable
{
    private readonly NetworkGraph graph;
    private readonly Tensor[] weights;
    private readonly Tensor?[] direction;
    private readonly int batchSize;

    private ExactKernelStep(NetworkGraph graph, Tensor[] weights, Tensor?[] direction, int batchSize)
    {
        this.graph = graph;
        this.weights = weights;
        this.direction = direction;
        this.batchSize = batchSize;
    }

    /// <summary>Root mean square of the predicted change of the rows that leave.</summary>
    public double Size { get; private init; }

    /// <summary>Takes over a step.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="weights">The model's tensors, float64.</param>
    /// <param name="direction">By how much each moves; null where one does not.</param>
    /// <param name="leaving">Features of the rows that leave.</param>
    /// <param name="batchSize">Targets at once.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static ExactKernelStep Of(NetworkGraph graph, Tensor[] weights, Tensor?[] direction, Tensor leaving, int batchSize, CancellationToken cancellationToken)
    {
        double size = new ExactKernelStep(graph, weights, direction, batchSize).Along(leaving, cancellationToken).pow(Held(2)).mean().sqrt().item<double>();
        return new(graph, [.. weights.Select(weight => weight.DetachFromDisposeScope())], [.. direction.Select(part => part?.DetachFromDisposeScope())], batchSize) { Size = size };
    }

    /// <summary>How far outputs move, [targets, outputs], in the current dispose scope.</summary>
    public Tensor Along(Tensor features, CancellationToken cancellationToken)
    {
        var parts = new List<Tensor>();
        for (long start = 0; start < features.shape[0]; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = features.slice(0, start, Math.Min(start + batchSize, features.shape[0]), 1).to_type(ScalarType.Float64);
            parts.Add(TangentPass.Run(graph, weights, direction, batch).Tangent);
        }

        return cat(parts);
    }

    public void Dispose()
    {
        foreach (var tensor in weights.Concat(direction.OfType<Tensor>()))
        {
            tensor.Dispose();
        }
    }
}
