using MLNetUnlearning.Attribution.Evaluation;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Medians of each estimator over the requests of a kind, and over those of which no bank member lacked half the rows.</summary>
internal sealed class TargetsSummary
{
    private const double LowCoverage = 0.5;

    private readonly List<(string Estimator, string Kind, TargetError Forget, TargetError All, double? Coverage)> results = [];

    /// <summary>Counts one request.</summary>
    /// <param name="estimator">What predicted.</param>
    /// <param name="request">Its name, whose kind is what stands before the bracket.</param>
    /// <param name="forget">Error on the rows that leave.</param>
    /// <param name="all">Error on all rows.</param>
    /// <param name="coverage">Largest share of the request that one bank member lacked; null if the estimator does not look.</param>
    public void Add(string estimator, string request, TargetError forget, TargetError all, double? coverage) => results.Add((estimator, request.Split(" (")[0], forget, all, coverage));

    /// <summary>A row for each estimator and kind.</summary>
    public IEnumerable<IReadOnlyDictionary<string, object?>> Rows(string dataset) => results
        .GroupBy(result => (result.Estimator, result.Kind))
        .SelectMany(group => new[] { ("all requests", group.ToArray()), ("coverage below 0.5", [.. group.Where(result => result.Coverage < LowCoverage)]) }.Where(part => part.Item2.Length > 0)
            .Select(part => Row(dataset, group.Key.Estimator, $"{group.Key.Kind}, {part.Item1}", part.Item2)));

    private static Dictionary<string, object?> Row(string dataset, string estimator, string forgetSet, (string Estimator, string Kind, TargetError Forget, TargetError All, double? Coverage)[] part) => new()
    {
        ["dataset"] = dataset,
        ["forgetSet"] = forgetSet,
        ["estimator"] = estimator,
        ["requests"] = part.Length,
        ["r2Forget"] = Median(part.Select(result => result.Forget.R2)),
        ["r2ForgetLowest"] = part.Min(result => result.Forget.R2),
        ["r2ForgetHighest"] = part.Max(result => result.Forget.R2),
        ["r2All"] = Median(part.Select(result => result.All.R2)),
        ["shareOfCeilingForget"] = Median(part.Select(result => result.Forget.ShareOfCeiling)),
        ["shareOfCeilingAll"] = Median(part.Select(result => result.All.ShareOfCeiling)),
        ["coverageLowest"] = part.Min(result => result.Coverage),
        ["coverageHighest"] = part.Max(result => result.Coverage),
    };

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
