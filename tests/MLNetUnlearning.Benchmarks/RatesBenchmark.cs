using System.Globalization;
using MLNetUnlearning.Benchmarks.Comparison;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// What methods without a goal do as their rate grows: accuracy on the rows to forget, on rows that stay and on validation rows, beside that of models retrained without the rows. The whole curve, because the best point of one is chosen with
/// the answer in view.
/// </summary>
internal static class RatesBenchmark
{
    private const int Students = 20;

    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        using var comparison = new MethodComparison(options with { Models = Math.Min(Students, options.Models ?? Students) });
        var requests = options.Requests.Count > 0 ? comparison.Requests : [.. comparison.Requests.Take(2)];
        var methods = Methods();
        var names = MethodComparison.Chosen(options.Methods, [.. methods.Select(method => method.Name).Distinct()], "method");
        double[] rates = options.Quick ? [1e-5, 1e-3] : [1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
        foreach (var request in requests)
        {
            using var opened = comparison.Open(request);
            int[][] sets = comparison.Panel.Sets(comparison.Setting.Train.IndexesOf(request.RowIds));
            Dictionary<string, object?> Row(string method, string setting, double? rate, (float[,] Margins, double Accuracy) outputs) => new()
            {
                ["dataset"] = comparison.Setting.Dataset,
                ["network"] = comparison.Setting.Network,
                ["trainingRate"] = comparison.Setting.Training.LearningRate,
                ["forgetSet"] = request.Name,
                ["method"] = method,
                ["setting"] = setting,
                ["rate"] = rate,
                ["n"] = outputs.Margins.GetLength(0),
                ["forgetAccuracy"] = Accuracy(outputs.Margins, sets[0]),
                ["retainAccuracy"] = Accuracy(outputs.Margins, sets[1]),
                ["accuracy"] = outputs.Accuracy,
            };

            yield return Row("oracles", "", null, opened.Oracles);
            yield return Row(ComparedMethods.DoNothing, "", null, comparison.Panel.Evaluate(comparison.Students));
            foreach (var (name, setting, create) in methods.Where(method => names.Contains(method.Name)))
            {
                foreach (double rate in rates)
                {
                    var unlearner = create(rate).CreateUnlearner();
                    using var outcome = unlearner.Unlearn(opened.Request, opened.Context(unlearner, comparison.Students));
                    yield return Row(name, setting, rate, comparison.Panel.Evaluate(outcome));
                }
            }
        }
    }

    private static (string Name, string Setting, Func<double, IUnlearnerOptions> Create)[] Methods() =>
    [
        .. new[] { 0.01, 0.1, 0.5 }.Select(noise => ("just-in-time", string.Create(CultureInfo.InvariantCulture, $"noise {noise}"), (Func<double, IUnlearnerOptions>)(rate => new JustInTimeUnlearningOptions { NoiseScale = noise, LearningRate = rate }))),
        ("gradient-ascent", "10 epochs", rate => new GradientAscentOptions { Epochs = 10, LearningRate = rate }),
    ];

    /// <summary>Share of the rows, over all models, whose right class has the largest logit.</summary>
    private static double Accuracy(float[,] margins, int[] rows) => Enumerable.Range(0, margins.GetLength(0)).Average(model => rows.Average(row => margins[model, row] > 0 ? 1.0 : 0));
}
