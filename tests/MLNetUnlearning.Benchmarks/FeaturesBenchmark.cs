using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Cost of projected per-example gradients of the margin, as a multiple of one plain forward and backward pass over the same batch.</summary>
internal static class FeaturesBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(bool quick)
    {
        (string Name, NetworkGraph Graph, int Batch)[] networks =
        [
            ("mlp", NetworkSpec.Mlp(256, 128).CreateGraph(784, 10), 100),
            ("cnn", NetworkSpec.SmallCnn(new ImageShape(1, 28, 28)).CreateGraph(784, 10), 100),
            ("resnet9", NetworkSpec.ResNet9(new ImageShape(3, 32, 32), quick ? 8 : 32).CreateGraph(3 * 32 * 32, 10), 16),
        ];
        set_num_threads(1);
        foreach (var (name, graph, batch) in networks)
        {
            using var stack = ModelStack.Initialize(graph, [1]);
            using var network = stack.ToNetwork();
            using var generator = new Generator(1);
            using var features = randn([batch, graph.InputSize], generator: generator);
            using var labels = randint(0, 10, [batch], ScalarType.Int64, generator: generator);
            var weights = network.Weights.Select(tensor => tensor.detach()).ToArray();
            int[] sizes = [16, 32];
            var maps = sizes.Select(size => new GradientFeatures(graph, size, 1)).ToArray();
            Action[] actions =
            [
                () => nn.functional.cross_entropy(network.forward(features), labels).backward(),
                .. maps.Select(map => (Action)(() => Featurize(map, weights, features, labels))),
            ];
            // Small networks are timed over several passes, so that one is not lost in the clock.
            int passes = name == "mlp" ? 20 : 1;
            double[] seconds = Timing.Medians(quick ? 5 : 25, [.. actions.Select(action => (Action)(() => Repeat(action, passes)))]);
            yield return Row(name, "forward+backward", seconds[0], seconds[0], batch * passes);
            for (int i = 0; i < sizes.Length; i++)
            {
                yield return Row(name, $"two-sided-{sizes[i]}", seconds[i + 1], seconds[0], batch * passes);
            }
        }
    }

    private static void Featurize(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels)
    {
        for (long start = 0; start < features.shape[0]; start += map.RowsPerPass)
        {
            using var scope = NewDisposeScope();
            long end = Math.Min(start + map.RowsPerPass, features.shape[0]);
            map.OfScalar(weights, features.slice(0, start, end, 1), logits => MarginGradient(logits, labels.slice(0, start, end, 1)));
        }
    }

    private static void Repeat(Action action, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using var scope = NewDisposeScope();
            action();
        }
    }

    private static Dictionary<string, object?> Row(string network, string method, double seconds, double baseline, int examples) => new()
    {
        ["network"] = network,
        ["method"] = method,
        ["ratioToForwardBackward"] = seconds / baseline,
        ["microsecondsPerExample"] = 1e6 * seconds / examples,
        ["peakMegabytes"] = null,
        ["peakMegabytesReason"] = "memory is not measured yet",
    };

    /// <summary>Gradient of the margin with respect to the logits: one at the true class, minus the softmax over the others.</summary>
    private static Tensor MarginGradient(Tensor logits, Tensor labels)
    {
        var index = labels.unsqueeze(1);
        var others = logits.scatter(1, index, full_like(index, float.NegativeInfinity, logits.dtype)).softmax(1).neg();
        return others.scatter(1, index, ones_like(index, logits.dtype));
    }
}
