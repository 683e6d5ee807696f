using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Cost and memory of per-example gradients of the margin, each as a multiple of one plain forward and backward pass over the same batch.</summary>
internal static class FeaturesBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(bool quick)
    {
        NativeBackend.EnsureLoaded();
        set_num_threads(1);
        foreach (string network in FeatureCase.Names)
        {
            using var data = new FeatureCase(network, quick);
            string[] methods = [.. FeatureMethod.Names.Where(method => FeatureMethod.Obstacle(method, data) is null)];
            int[] passes = [.. methods.Select(method => Passes(network, method))];
            double[] seconds = Time(data, methods, passes, quick);
            double?[] megabytes = [.. methods.Select(method => PeakMemory.Obstacle is null ? PeakMemory.Measure(network, method, quick) : (double?)null)];
            foreach (string method in FeatureMethod.Names)
            {
                int i = Array.IndexOf(methods, method);
                double? perBatch = i < 0 ? null : seconds[i] / passes[i];
                double? memory = i < 0 ? null : megabytes[i];
                yield return new Dictionary<string, object?>
                {
                    ["network"] = network,
                    ["method"] = method,
                    ["ratioToForwardBackward"] = perBatch / (seconds[0] / passes[0]),
                    ["microsecondsPerExample"] = 1e6 * perBatch / data.Batch,
                    ["peakMegabytes"] = memory,
                    ["ratioOfPeakMegabytes"] = memory / megabytes[0],
                    ["reason"] = FeatureMethod.Obstacle(method, data) ?? PeakMemory.Obstacle,
                };
            }
        }
    }

    private static double[] Time(FeatureCase data, string[] methods, int[] passes, bool quick)
    {
        // Matrices of methods are freed with the scope, before the next network's are made.
        using var scope = NewDisposeScope();
        Action[] actions = [.. methods.Select((method, i) => Repeat(FeatureMethod.Create(method, data), passes[i]))];
        return Timing.Medians(quick ? 3 : 15, actions);
    }

    /// <summary>A pass over a small network is repeated, so that it is not lost in the clock.</summary>
    private static int Passes(string network, string method) => network == "mlp" ? method switch
    {
        "exact" => 2,
        "dense-2048" => 1,
        _ => 20,
    } : 1;

    private static Action Repeat(Action action, int times) => () =>
    {
        for (int i = 0; i < times; i++)
        {
            using var scope = NewDisposeScope();
            action();
        }
    };
}
