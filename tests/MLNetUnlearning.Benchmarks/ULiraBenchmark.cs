using MLNetUnlearning.Benchmarks.Comparison;

namespace MLNetUnlearning.Benchmarks;

/// <summary>How often an attacker who trains models of his own tells unlearned models from retrained ones by the margins of the forgotten rows (U-LiRA); held-out oracles in place of unlearned models are the null.</summary>
internal static class ULiraBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        using var comparison = new MethodComparison(options);
        foreach (var (request, floor, results) in KlomBenchmark.Results(comparison, options))
        {
            foreach (var result in results.Prepend(floor))
            {
                yield return new Dictionary<string, object?>
                {
                    ["dataset"] = comparison.Setting.Dataset,
                    ["network"] = comparison.Setting.Network,
                    ["trainingRate"] = comparison.Setting.Training.LearningRate,
                    ["forgetSet"] = request,
                    ["method"] = result.Method,
                    ["setting"] = result.Setting,
                    ["n"] = result.ULira.Targets,
                    ["accuracy"] = result.ULira.Accuracy,
                    ["low"] = result.ULira.Interval.Low,
                    ["high"] = result.ULira.Interval.High,
                    ["nullAccuracy"] = floor.ULira.Accuracy,
                    ["aboveNull"] = result.ULira.Accuracy - floor.ULira.Accuracy,
                };
            }
        }
    }
}
