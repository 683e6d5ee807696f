using MLNetUnlearning.Benchmarks.Comparison;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Benchmarks;

/// <summary>KLoM of every method on every request of a setting, beside the floor and the cost. Students never see a request, and requests served to develop nothing (<see cref="HeldOutRequests"/>).</summary>
internal static class KlomBenchmark
{
    private static readonly string[]
        QuickMethods = [ComparedMethods.DoNothing, ComparedMethods.DatamodelMatching, ComparedMethods.Step, "partial-retraining", "scrub"],
        QuickImageMethods = [ComparedMethods.DoNothing, ComparedMethods.DatamodelMatching, "scrub"];

    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        using var comparison = new MethodComparison(options);
        foreach (var (request, floor, results) in Results(comparison, options))
        {
            foreach (var result in results.Prepend(floor))
            {
                foreach (var (set, klom, lowest) in new[]
                {
                    ("forget", result.Klom.Forget, floor.Klom.Forget), ("retain", result.Klom.Retain, floor.Klom.Retain), ("validation", result.Klom.Validation, floor.Klom.Validation),
                })
                {
                    yield return new Dictionary<string, object?>
                    {
                        ["dataset"] = comparison.Setting.Dataset,
                        ["network"] = comparison.Setting.Network,
                        ["trainingRate"] = comparison.Setting.Training.LearningRate,
                        ["forgetSet"] = request,
                        ["method"] = result.Method,
                        ["setting"] = result.Setting,
                        ["n"] = klom.Models,
                        ["set"] = set,
                        ["mean"] = klom.Mean,
                        ["p95"] = klom.P95,
                        ["p95Low"] = klom.P95Interval?.Low,
                        ["p95High"] = klom.P95Interval?.High,
                        ["floorP95"] = lowest.P95,
                        ["timesFloor"] = klom.TimesFloor(lowest),
                        ["costShareOfRetrain"] = result.CostShare,
                        ["costSeconds"] = result.Cost.Seconds,
                        ["retrainSeconds"] = result.Retraining.Seconds,
                        ["accuracy"] = result.Accuracy,
                    };
                }
            }
        }
    }

    /// <summary>Every chosen method on every chosen request.</summary>
    public static IEnumerable<(string Request, MethodResult Floor, IReadOnlyList<MethodResult> Results)> Results(MethodComparison comparison, BenchmarkOptions options)
    {
        string[] known = options.Quick
            ? (comparison.Setting.Graph.SupportsStacking ? QuickMethods : QuickImageMethods)
            : [.. ComparedMethods.Names.Where(name => IsThere(comparison.Setting, name))];
        var names = MethodComparison.Chosen(options.Methods, known, "method");
        foreach (var request in comparison.Requests)
        {
            using var opened = comparison.Open(request);
            var floor = opened.Floor();
            var results = new List<MethodResult>();
            foreach (string name in names)
            {
                results.Add(opened.Run(ComparedMethods.Create(name, comparison.Step, comparison.Path)));
                Console.Error.WriteLine(FormattableString.Invariant($"{DateTime.Now:HH:mm:ss} {request.Name}, {name}: forget {results[^1].Klom.Forget.TimesFloor(floor.Klom.Forget):0.00} x floor, retain {results[^1].Klom.Retain.TimesFloor(floor.Klom.Retain):0.00} x"));
            }

            yield return (request.Name, floor, results);
        }
    }

    private static bool IsThere(ComparisonSetting setting, string method) =>
        (setting.Grids || !method.EndsWith("-best", StringComparison.Ordinal)) && (setting.ProcessBank is not null || method != ComparedMethods.Process);
}
