using System.Globalization;
using System.Reflection;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests;

/// <summary>The 1797 handwritten digits of 8x8 pixels, scaled to 0..1: 1437 training rows, and 360 test rows whose id is divisible by 5.</summary>
internal static class Digits
{
    public const int Pixels = 64, Classes = 10;

    private static readonly Lazy<(long Id, float[] Pixels, int Digit)[]> Rows = new(Read);

    public static LabeledRows Train() => Create(Rows.Value.Where(row => row.Id % 5 != 0));

    public static LabeledRows Test() => Create(Rows.Value.Where(row => row.Id % 5 == 0));

    /// <summary>The first training rows.</summary>
    public static LabeledRows Train(int count) => Create(Raw(count));

    /// <summary>The first training rows, to be shuffled or spoilt before <see cref="Create"/>.</summary>
    public static (long Id, float[] Pixels, int Digit)[] Raw(int count) =>
        [.. Rows.Value.Where(row => row.Id % 5 != 0).Take(count).Select(row => (row.Id, row.Pixels.ToArray(), row.Digit))];

    public static LabeledRows Create(IEnumerable<(long Id, float[] Pixels, int Digit)> rows)
    {
        var list = rows.ToArray();
        return LabeledRows.Create(
            list.SelectMany(row => row.Pixels).ToArray(),
            Pixels,
            list.Select(row => row.Digit).ToArray(),
            list.Select(row => row.Id).ToArray(),
            Classes);
    }

    private static (long, float[], int)[] Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("digits.csv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];
    }

    private static (long, float[], int) Parse(string line)
    {
        int[] fields = [.. line.Split(',').Select(field => int.Parse(field, CultureInfo.InvariantCulture))];
        return (fields[0], [.. fields[1..^1].Select(pixel => pixel / 16f)], fields[^1]);
    }
}
