using System.Globalization;
using MLNetUnlearning.Benchmarks.Comparison;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>Results as tables in Markdown.</summary>
internal static class ResultTable
{
    /// <exception cref="ArgumentException">The benchmark has no table.</exception>
    public static IEnumerable<string> Lines(string benchmark, IReadOnlyList<ResultRow> rows) => benchmark switch
    {
        "klom" => Klom(rows),
        "ulira" => ULira(rows),
        "compute" => Compute(rows),
        "stability" => Stability(rows),
        "convex" => Convex(rows),
        _ => throw new ArgumentException($"The benchmark '{benchmark}' has no table; convex, klom, compute, ulira and stability have."),
    };

    private static IEnumerable<string> Klom(IReadOnlyList<ResultRow> rows) => rows.GroupBy(row => (row.Text("dataset"), row.Text("network"), row.Number("trainingRate"))).SelectMany(setting => KlomOf([.. setting]));

    private static IEnumerable<string> KlomOf(ResultRow[] rows)
    {
        string[] requests = [.. rows.Select(row => row.Text("forgetSet")).Distinct()];
        yield return "";
        yield return Text($"{rows[0].Text("dataset")}, {rows[0].Text("network")}, peak rate {rows[0].Number("trainingRate")}, N = {rows[0].Number("n")}; 95th percentile of KLoM as a multiple of the floor, forget · retain · validation rows:");
        yield return "";
        yield return $"| method | {string.Join(" | ", requests)} | cost | accuracy |";
        yield return $"|---|{string.Concat(requests.Select(_ => "---|"))}---|---|";
        foreach (var method in rows.GroupBy(row => row.Text("method")))
        {
            bool floor = method.Key == ComparedMethods.HeldOutOracles;
            string Cell(string request) => string.Join(" · ", method.Where(row => row.Text("forgetSet") == request).Select(row => Text($"{row.Number(floor ? "p95" : "timesFloor"):0.00}")));
            double cost = Median(method.Select(row => row.Number("costShareOfRetrain"))), accuracy = Median(method.Select(row => row.Number("accuracy")));
            yield return $"| {method.Key}{(floor ? " (the floor itself)" : "")} | {string.Join(" | ", requests.Select(Cell))} | {Text($"{cost:0.00}")} | {Text($"{accuracy * 100:0.0} %")} |";
        }

        yield return "";
        foreach (var method in rows.Where(row => row.Text("setting").Length > 0).GroupBy(row => row.Text("method")))
        {
            yield return $"- {method.Key}: {string.Join("; ", method.Select(row => row.Text("setting")).Distinct())}";
        }

        yield return "";
        foreach (string request in requests)
        {
            yield return $"- {request}: {Verdict([.. rows.Where(row => row.Text("forgetSet") == request)])}";
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>Says whether a baseline that keeps the retain rows beats Datamodel Matching on the forget rows.</summary>
    private static string Verdict(ResultRow[] rows)
    {
        double? Value(string method, string set, string field) => rows.FirstOrDefault(row => row.Text("method") == method && row.Text("set") == set)?.Number(field);
        if (Value(ComparedMethods.DatamodelMatching, "forget", "p95") is not { } ours)
        {
            return "Datamodel Matching was not run.";
        }

        string[] own = [ComparedMethods.HeldOutOracles, ComparedMethods.DatamodelMatching, ComparedMethods.StepTargets, ComparedMethods.Process, "dmm-shared", ComparedMethods.OwnTargets, ComparedMethods.Step, "dm-direct", "oracle-matching"];
        string[] ahead = [.. rows.Select(row => row.Text("method")).Distinct().Except(own).Where(method => Value(method, "retain", "timesFloor") <= 1.5 && Value(method, "forget", "p95") <= ours)];
        return ahead.Length == 0
            ? "Datamodel Matching forgets more than every baseline that keeps the retain rows within 1.5 times the floor."
            : $"**Datamodel Matching is beaten on the forget rows, with retain rows within 1.5 times the floor, by {string.Join(", ", ahead)}.**";
    }

    private static IEnumerable<string> ULira(IReadOnlyList<ResultRow> rows)
    {
        string[] requests = [.. rows.Select(row => row.Text("forgetSet")).Distinct()];
        yield return $"| method | {string.Join(" | ", requests)} |";
        yield return $"|---|{string.Concat(requests.Select(_ => "---|"))}";
        foreach (var method in rows.GroupBy(row => row.Text("method")))
        {
            yield return $"| {method.Key} | {string.Join(" | ", requests.Select(request => method.FirstOrDefault(row => row.Text("forgetSet") == request) is { } row ? Text($"{row.Number("accuracy"):0.000} ({row.Number("aboveNull"):+0.000;-0.000;0})") : ""))} |";
        }
    }

    private static IEnumerable<string> Compute(IReadOnlyList<ResultRow> rows)
    {
        yield return "| request | method | budget | cost | forget | times floor | retain, times floor |";
        yield return "|---|---|---|---|---|---|---|";
        foreach (var row in rows)
        {
            yield return Text($"| {row.Text("forgetSet")} | {row.Text("method")} | {row.Text("budget")} | {row.Number("costShareOfRetrain"):0.000} | {row.Number("forgetP95"):0.00} | {row.Number("forgetP95") / row.Number("floorP95"):0.00} | {row.Number("retainTimesFloor"):0.00} |");
        }
    }

    private static IEnumerable<string> Stability(IReadOnlyList<ResultRow> rows)
    {
        yield return "| request | method | steps | margin of forgotten rows | of retained rows | accuracy |";
        yield return "|---|---|---|---|---|---|";
        foreach (var row in rows)
        {
            yield return Text($"| {row.Text("forgetSet")} | {row.Text("method")} | {row.Number("steps"):0} | {Margin(row, "forgetMargin")} | {Margin(row, "retainMargin")} | {row.Number("accuracy") * 100:0.0} % |");
        }
    }

    private static string Margin(ResultRow row, string field) => row.Has(field) ? Text($"{row.Number(field):0.00}") : "not finite";

    private static IEnumerable<string> Convex(IReadOnlyList<ResultRow> rows)
    {
        int[] steps = [10, 50, 100, 400];
        yield return $"| ridge | method | {string.Join(" | ", steps)} | target error |";
        yield return $"|---|---|{string.Concat(steps.Select(_ => "---|"))}---|";
        foreach (var walk in rows.GroupBy(row => (Ridge: row.Number("ridge"), Method: row.Text("method"))))
        {
            var first = walk.First();
            yield return Text($"| {walk.Key.Ridge} | {walk.Key.Method} | {string.Join(" | ", steps.Select(step => Text($"{walk.Single(row => row.Number("step") == step).Number("distance"):G2}")))} | {(first.Has("targetError") ? Text($"{first.Number("targetError"):G2}") : "")} |");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
