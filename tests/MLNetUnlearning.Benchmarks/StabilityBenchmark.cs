using MLNetUnlearning.Benchmarks.Comparison;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Where models go when unlearning is continued: mean margins after more and more steps at a constant learning rate. Methods with a target for every row come to rest; those that only climb
/// leave the oracles behind.
/// </summary>
/// <remarks>At a constant rate a longer run begins with the shorter ones, so each point is a run of its own on the same students.</remarks>
internal static class StabilityBenchmark
{
    private const int Students = 20;

    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        using var comparison = new MethodComparison(options with { Models = Math.Min(Students, options.Models ?? Students) });
        var requests = options.Requests.Count > 0 ? comparison.Requests : [.. comparison.Requests.Take(2)];
        var methods = Methods();
        var names = MethodComparison.Chosen(options.Methods, [.. methods.Select(method => method.Name)], "method");
        foreach (var request in requests)
        {
            using var opened = comparison.Open(request);
            int[][] sets = comparison.Panel.Sets(comparison.Setting.Train.IndexesOf(request.RowIds));
            Dictionary<string, object?> Row(string method, int epochs, long steps, (float[,] Margins, double Accuracy) outputs)
            {
                double[] forget = Means(outputs.Margins, sets[0]), retain = Means(outputs.Margins, sets[1]);
                bool diverged = forget.Concat(retain).Any(margin => !double.IsFinite(margin));
                double? Finite(double value) => diverged ? null : value;
                return new()
                {
                    ["dataset"] = comparison.Setting.Dataset,
                    ["network"] = comparison.Setting.Network,
                    ["trainingRate"] = comparison.Setting.Training.LearningRate,
                    ["forgetSet"] = request.Name,
                    ["method"] = method,
                    ["n"] = forget.Length,
                    ["epochs"] = epochs,
                    ["steps"] = steps,
                    ["forgetMargin"] = Finite(forget.Average()),
                    ["forgetLow"] = Finite(forget.Min()),
                    ["forgetHigh"] = Finite(forget.Max()),
                    ["retainMargin"] = Finite(retain.Average()),
                    ["retainLow"] = Finite(retain.Min()),
                    ["retainHigh"] = Finite(retain.Max()),
                    ["accuracy"] = outputs.Accuracy,
                    ["reason"] = diverged ? "Margins are no longer finite." : null,
                };
            }

            yield return Row("oracles", 0, 0, opened.Oracles);
            var before = comparison.Panel.Evaluate(comparison.Students);
            foreach (var (name, create) in methods.Where(method => names.Contains(method.Name)))
            {
                yield return Row(name, 0, 0, before);
                foreach (int epochs in options.Quick ? new[] { 1, 4 } : [1, 2, 4, 8, 16, 32])
                {
                    var chosen = create(epochs);
                    var unlearner = chosen.CreateUnlearner();
                    using var outcome = unlearner.Unlearn(opened.Request, opened.Context(unlearner, comparison.Students));
                    yield return Row(name, epochs, epochs * StepsPerEpoch(chosen, request.RowIds.Count, comparison.Setting.Train.Count), comparison.Panel.Evaluate(outcome));
                }
            }
        }
    }

    private static (string Name, Func<int, IUnlearnerOptions> Create)[] Methods() =>
    [
        (ComparedMethods.DatamodelMatching, epochs => new DatamodelMatchingOptions { Epochs = epochs, MinSteps = 1, LearningRate = 1e-3, Schedule = LearningRateSchedule.Constant }),
        ("oracle-matching", epochs => new OracleMatchingOptions { Epochs = epochs, MinSteps = 1, LearningRate = 1e-3, Schedule = LearningRateSchedule.Constant }),
        ("gradient-ascent", epochs => new GradientAscentOptions { Epochs = 10 * epochs, LearningRate = 1e-2 }),
        ("ascent-descent", epochs => new AscentDescentOptions { Epochs = epochs, AscentEpochs = epochs, LearningRate = 5e-2 }),
        ("scrub", epochs => new ScrubOptions { Epochs = epochs, ForgetEpochs = epochs, DecayEpochs = [], LearningRate = 1e-2 }),
        ("gradient-descent", epochs => new GradientDescentOptions { Epochs = epochs, LearningRate = 1e-2 }),
    ];

    private static long StepsPerEpoch(IUnlearnerOptions options, int forget, int rows)
    {
        static int Batches(int count, int size) => (count + size - 1) / size;
        int retain = rows - forget;
        return options switch
        {
            MatchingOptions matching => Batches((matching.ForgetMultiplier * forget) + Math.Min(retain, (int)(matching.RetainMultiplier * forget)), matching.BatchSize),
            GradientAscentOptions ascent => 10 * Batches(forget, ascent.BatchSize),
            AscentDescentOptions both => Batches(forget, both.ForgetBatchSize) + Batches(retain, both.BatchSize),
            ScrubOptions scrub => Batches(forget, scrub.ForgetBatchSize) + Batches(retain, scrub.BatchSize),
            GradientDescentOptions descent => Batches(retain, descent.BatchSize),
            _ => throw new ArgumentException($"No number of steps is known for {options.GetType().Name}.", nameof(options)),
        };
    }

    /// <summary>Each model's mean margin over some rows.</summary>
    private static double[] Means(float[,] margins, int[] rows) => [.. Enumerable.Range(0, margins.GetLength(0)).Select(model => rows.Average(row => (double)margins[model, row]))];
}
