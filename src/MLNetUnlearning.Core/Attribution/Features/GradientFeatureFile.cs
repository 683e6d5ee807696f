using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>Projected per-example gradients of one network over all training rows, on disk.</summary>
internal static class GradientFeatureFile
{
    /// <summary>Enough rows to fill matrix products; few enough that cancelling is quick.</summary>
    private const int MaxBlockRows = 128;

    /// <summary>Computes a file, or what is missing of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="graph">The network.</param>
    /// <param name="weights">Its tensors, without model axis.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="kind">What the gradients are of.</param>
    /// <param name="projectionSize">Dimensions kept on each side of a layer's gradient.</param>
    /// <param name="seed">Fixes the projections.</param>
    /// <param name="batchSize">Rows between two writes to disk; no bit of the result depends on it.</param>
    /// <param name="maxWorkers">Most threads; no bit of the result depends on it.</param>
    /// <param name="progress">Receives a report per batch.</param>
    /// <param name="cancellationToken">Stops the work between two passes and leaves a file that another call completes.</param>
    /// <returns>The complete store; the caller closes it.</returns>
    /// <exception cref="UnsupportedLayerException">A layer's gradients are not supported; thrown before any work.</exception>
    /// <exception cref="ArgumentException">The file was made with other settings.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static FeatureStore Compute(
        string path,
        NetworkGraph graph,
        Tensor[] weights,
        LabeledRows rows,
        FeatureKind kind,
        int projectionSize,
        ulong seed,
        int batchSize,
        int maxWorkers,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using var map = new GradientFeatures(graph, projectionSize, seed);
        var manifest = Manifest(map, graph, weights, rows, kind, projectionSize, seed);
        var store = FeatureStore.Open(path, manifest, rows);
        try
        {
            store.Compute((start, end) => Block(map, weights, rows, kind, start, end), batchSize, maxWorkers, progress, cancellationToken);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a file that <see cref="Compute"/> would refuse; changes nothing, and says nothing of a file that is not there.</summary>
    /// <exception cref="ArgumentException">The file was made with other settings.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static void Check(string path, NetworkGraph graph, Tensor[] weights, LabeledRows rows, FeatureKind kind, int projectionSize, ulong seed)
    {
        if (File.Exists(path))
        {
            using var map = new GradientFeatures(graph, projectionSize, seed);
            FeatureStore.Open(path, Manifest(map, graph, weights, rows, kind, projectionSize, seed), rows).Dispose();
        }
    }

    /// <summary>Stored rows of <see cref="FeatureKind.Factors"/> as gradients, which are views of them.</summary>
    /// <param name="map">The projections they were made with.</param>
    /// <param name="values">[rows, stored values].</param>
    public static LogitGradients Factors(GradientFeatures map, Tensor values)
    {
        long classes = map.Classes, shared = values.shape[1] - map.SharedSize;
        return new(values.slice(1, 0, classes, 1), values.slice(1, classes, shared, 1).unflatten(1, [classes, map.ClassSize]), values.slice(1, shared, values.shape[1], 1));
    }

    private static FeatureManifest Manifest(GradientFeatures map, NetworkGraph graph, Tensor[] weights, LabeledRows rows, FeatureKind kind, int projectionSize, ulong seed) => new(
        graph.Spec.ToJson(),
        graph.InputSize,
        graph.OutputSize,
        kind,
        projectionSize,
        seed,
        FeatureChecksums.OfTensors(weights),
        rows.Count,
        FeatureChecksums.OfRowIds(rows.RowIds),
        Math.Min(map.RowsPerPass, MaxBlockRows),
        kind switch
        {
            FeatureKind.Margin => map.Size,
            FeatureKind.Logits => checked(map.Size * graph.OutputSize),
            _ => checked((graph.OutputSize * (1 + map.ClassSize)) + map.SharedSize),
        });

    private static Tensor Block(GradientFeatures map, Tensor[] weights, LabeledRows rows, FeatureKind kind, int start, int end)
    {
        using var grad = enable_grad();
        // Copied, so that the rows start at an aligned address wherever they lie: the last bits of matrix products depend on it.
        var features = rows.Features.slice(0, start, end, 1).clone();
        var labels = rows.Labels.slice(0, start, end, 1);
        switch (kind)
        {
            case FeatureKind.Margin:
                return map.OfScalar(weights, features, logits => MarginGradient.Of(logits, labels));
            case FeatureKind.Logits:
                return map.OfLogits(weights, features).Gradients.flatten(1);
            default:
                using (var scope = NewDisposeScope())
                {
                    var factors = map.FactorLogits(weights, features);
                    return cat([factors.Logits, factors.Classes.flatten(1), factors.Shared], 1).MoveToOuterDisposeScope();
                }
        }
    }
}
