using System.Globalization;
using System.Text.Json;
using MLNetUnlearning.Shared;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Collects the rows of a benchmark, prints each as it comes and writes all as JSON.</summary>
internal sealed class BenchmarkReport(string name, bool quick, string arguments)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<IReadOnlyDictionary<string, object?>> rows = [];

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, object?>> Rows => rows;

    public void Add(IReadOnlyDictionary<string, object?> row)
    {
        rows.Add(row);
        Console.WriteLine(string.Join("  ", row.Select(field => $"{field.Key}={Format(field.Value)}")));
    }

    public void Write(string file)
    {
        var report = new Dictionary<string, object?>
        {
            ["benchmark"] = name,
            ["quick"] = quick,
            ["command"] = $"dotnet run -c Release --project tests/MLNetUnlearning.Benchmarks -- {arguments}",
            ["machine"] = Machine.Describe(),
            ["rows"] = rows,
        };
        File.WriteAllText(file, JsonSerializer.Serialize(report, Indented));
    }

    private static string Format(object? value) => value is double number ? number.ToString("G4", CultureInfo.InvariantCulture) : value?.ToString() ?? "null";
}
