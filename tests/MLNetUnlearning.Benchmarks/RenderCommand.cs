using System.Text.Json;
using MLNetUnlearning.Benchmarks.Figures;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Draws figures and prints tables from the JSON files of earlier runs. Where two files measured the same, the later one counts: so one method can be measured again without the others.</summary>
internal static class RenderCommand
{
    public const string Name = "render";

    private static readonly string[] Identity = ["dataset", "network", "trainingRate", "forgetSet", "method", "set", "budget", "steps", "epochs", "ridge", "step"];

    /// <exception cref="ArgumentException">No file is named, or the files come from different benchmarks.</exception>
    /// <exception cref="InvalidDataException">A file holds no results.</exception>
    public static void Run(BenchmarkOptions options)
    {
        var reports = options.Inputs.Select(Read).ToArray();
        string[] benchmarks = [.. reports.Select(report => report.Benchmark).Distinct()];
        if (benchmarks.Length != 1)
        {
            throw new ArgumentException(benchmarks.Length == 0 ? $"{Name} takes JSON files of earlier runs." : $"{Name} takes files of one benchmark at a time, not of {string.Join(" and ", benchmarks)}.");
        }

        var rows = new OrderedDictionary<string, IReadOnlyDictionary<string, object?>>();
        foreach (var row in reports.SelectMany(report => report.Rows))
        {
            rows[string.Join('|', Identity.Select(field => row.GetValueOrDefault(field)?.ToString()))] = row;
        }

        ResultRow[] all = [.. rows.Values.Select(row => new ResultRow(row))];
        foreach (string line in ResultTable.Lines(benchmarks[0], all))
        {
            Console.WriteLine(line);
        }

        if (options.Figures is not null)
        {
            FigureSet.Save(benchmarks[0], all, options.Figures);
        }
    }

    private static (string Benchmark, IReadOnlyList<IReadOnlyDictionary<string, object?>> Rows) Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            return (document.RootElement.GetProperty("benchmark").GetString()!, [.. document.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.Deserialize<Dictionary<string, object?>>()!)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{file}' holds no results of a benchmark.", e);
        }
    }
}
