using System.Globalization;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>The embedded digits: every fifth row tests, the others train.</summary>
internal static class DigitsData
{
    public static (LabeledRows Train, LabeledRows Test) Load()
    {
        using var reader = new StreamReader(typeof(DigitsData).Assembly.GetManifestResourceStream("digits.csv")!);
        float[][] lines = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',').Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray())];
        return (Rows([.. lines.Where(line => (long)line[0] % 5 != 0)]), Rows([.. lines.Where(line => (long)line[0] % 5 == 0)]));
    }

    private static LabeledRows Rows(float[][] lines) => LabeledRows.Create(
        [.. lines.SelectMany(line => line[1..65]).Select(pixel => pixel / 16)], 64, [.. lines.Select(line => (int)line[65])], [.. lines.Select(line => (long)line[0])], 10);
}
