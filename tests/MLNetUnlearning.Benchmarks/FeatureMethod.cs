using MLNetUnlearning.Attribution.Gradients;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>The ways to per-example features that are compared, and the plain forward and backward pass that they are measured by.</summary>
internal static class FeatureMethod
{
    public const string Baseline = "forward+backward";
    private const int DenseSize = 2048;

    /// <summary>More than this for one projection matrix is not tried.</summary>
    private const long MaxMatrixBytes = 4L << 30;

    public static IReadOnlyList<string> Names { get; } = [Baseline, "two-sided-16", "two-sided-32", "exact", $"dense-{DenseSize}"];

    /// <summary>Why a method cannot run, or null if it can.</summary>
    public static string? Obstacle(string method, FeatureCase data)
    {
        long bytes = DenseSize * data.Graph.TrainableCount * sizeof(float);
        return method.StartsWith("dense", StringComparison.Ordinal) && bytes > MaxMatrixBytes
            ? $"the projection matrix would take {bytes / 1e9:F0} GB"
            : null;
    }

    /// <summary>Prepares a method; the result does one batch.</summary>
    public static Action Create(string method, FeatureCase data)
    {
        switch (method)
        {
            case Baseline:
                return () => nn.functional.cross_entropy(data.Network.forward(data.Features), data.Labels).backward();
            case "exact":
                var exact = new ExactGradients(data.Graph, data.Batch);
                return () => exact.OfMargin(data.Weights, data.Features, data.Labels);
            case var dense when dense.StartsWith("dense", StringComparison.Ordinal):
                var gradients = new ExactGradients(data.Graph, data.Batch);
                using (var generator = new Generator(1))
                {
                    // Parameters first: the product of rows of gradients with it is the fast way round.
                    var matrix = randn([data.Graph.TrainableCount, DenseSize], generator: generator).div_(Held(Math.Sqrt(DenseSize)));
                    return () => gradients.OfMargin(data.Weights, data.Features, data.Labels).matmul(matrix);
                }

            default:
                var map = new GradientFeatures(data.Graph, int.Parse(method.AsSpan(method.LastIndexOf('-') + 1), provider: null), seed: 1);
                return () => Featurize(map, data);
        }
    }

    private static void Featurize(GradientFeatures map, FeatureCase data)
    {
        // Passes of equal size: a last one of a few rows would cost nearly as much as a full one per kernel.
        int passes = (data.Batch + map.RowsPerPass - 1) / map.RowsPerPass;
        for (int pass = 0; pass < passes; pass++)
        {
            using var scope = NewDisposeScope();
            long start = data.Batch * pass / passes, end = data.Batch * (pass + 1) / passes;
            var labels = data.Labels.slice(0, start, end, 1);
            map.OfScalar(data.Weights, data.Features.slice(0, start, end, 1), logits => MarginGradient.Of(logits, labels));
        }
    }
}
