using System.Globalization;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Examples.Tests;

/// <summary>One handwritten digit.</summary>
internal sealed class DigitRow
{
    public long RowId { get; set; }

    [VectorType(64)]
    public float[] Pixels { get; set; } = [];

    public string Class { get; set; } = "";

    /// <summary>All 1,797 rows.</summary>
    public static DigitRow[] All { get; } = Read();

    private static DigitRow[] Read()
    {
        using var reader = new StreamReader(typeof(DigitRow).Assembly.GetManifestResourceStream("digits.csv")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];
    }

    private static DigitRow Parse(string line)
    {
        string[] cells = line.TrimEnd().Split(',');
        return new DigitRow
        {
            RowId = long.Parse(cells[0], CultureInfo.InvariantCulture),
            Pixels = [.. cells[1..65].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))],
            Class = cells[65],
        };
    }
}
