using System.Globalization;
using MLNetUnlearning.Benchmarks.Comparison;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks;

/// <summary>What a method reaches for what it costs: every method at several budgets, beside retraining that stops early, the curve to beat.</summary>
internal static class ComputeBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        using var comparison = new MethodComparison(options);
        // One request of each kind where nothing else is asked for.
        var requests = options.Requests.Count > 0 ? comparison.Requests : [.. comparison.Requests.Take(options.Quick ? 1 : 3)];
        var families = Families(comparison, options.Quick);
        var names = MethodComparison.Chosen(options.Methods, [.. families.Select(family => family.Name)], "method");
        foreach (var request in requests)
        {
            using var opened = comparison.Open(request);
            var floor = opened.Floor();
            foreach (var (name, points) in families.Where(family => names.Contains(family.Name)))
            {
                foreach (var (setting, unlearner) in points())
                {
                    var result = opened.Run(name, setting, unlearner);
                    yield return new Dictionary<string, object?>
                    {
                        ["dataset"] = comparison.Setting.Dataset,
                        ["network"] = comparison.Setting.Network,
                        ["trainingRate"] = comparison.Setting.Training.LearningRate,
                        ["forgetSet"] = request.Name,
                        ["method"] = name,
                        ["budget"] = setting,
                        ["n"] = comparison.Models,
                        ["costShareOfRetrain"] = result.CostShare,
                        ["forgetP95"] = result.Klom.Forget.P95,
                        ["floorP95"] = floor.Klom.Forget.P95,
                        ["floorLow"] = floor.Klom.Forget.P95Interval!.Low,
                        ["floorHigh"] = floor.Klom.Forget.P95Interval.High,
                        ["retainTimesFloor"] = result.Klom.Retain.TimesFloor(floor.Klom.Retain),
                        ["validationTimesFloor"] = result.Klom.Validation.TimesFloor(floor.Klom.Validation),
                        ["costSeconds"] = result.Cost.Seconds,
                        ["retrainSeconds"] = result.Retraining.Seconds,
                    };
                }
            }
        }
    }

    private static (string Name, Func<IEnumerable<(string Setting, IUnlearnerOptions Options)>> Points)[] Families(MethodComparison comparison, bool quick)
    {
        int epochs = comparison.Setting.Training.Epochs;
        int[] retraining = [.. new[] { 1, 2, 3, 5, 8, 11, 15 }.Select(count => (int)Math.Ceiling(count * epochs / 15.0)).Distinct()], matching = quick ? [1] : [1, 2, 4, 8], iterations = quick ? [5] : [1, 2, 5, 10, 20], stages = quick ? [2] : [2, 4, 8, 16];
        IEnumerable<(string, IUnlearnerOptions)> Some(IEnumerable<(string, IUnlearnerOptions)> points) => quick ? points.Take(1) : points;
        return
        [
            (ComparedMethods.DoNothing, () => [("", new DoNothingOptions())]),
            ("partial-retraining", () => (quick ? [1, epochs] : retraining).Select(count => (Text($"{count} of {epochs} epochs"), (IUnlearnerOptions)new RetrainOptions { Share = count / (double)epochs }))),
            (ComparedMethods.DatamodelMatching, () => matching.Select(count => (Text($"{count} epochs"), (IUnlearnerOptions)new DatamodelMatchingOptions { Epochs = count, MinSteps = 1 }))),
            ("step-and-dmm", () => matching.Select(count => (Text($"{count} epochs"), (IUnlearnerOptions)new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = comparison.Step(), Epochs = count, MinSteps = 1 }))),
            (ComparedMethods.Step, () => iterations.Select(count => (Text($"{count} iterations"), (IUnlearnerOptions)With(comparison.Step(), step => step.Iterations = count)))),
            (ComparedMethods.Path, () => stages.Select(count => (Text($"{count} stages"), (IUnlearnerOptions)With(comparison.Path(), step => step.Stages = count)))),
            ("gradient-descent", () => Some(BaselineGrids.Descent)),
            ("gradient-ascent", () => Some(BaselineGrids.Ascent)),
            ("ascent-descent", () => Some(BaselineGrids.AscentDescent)),
            ("scrub", () => Some(BaselineGrids.Scrub)),
        ];
    }

    private static GaussNewtonStepOptions With(GaussNewtonStepOptions step, Action<GaussNewtonStepOptions> change)
    {
        var copy = step.Clone();
        change(copy);
        return copy;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
