using System.Globalization;
using MLNetUnlearning.Networks;

namespace QuickStart;

/// <summary>The embedded handwritten digits: 1,797 images of 8x8 pixels (CC BY 4.0, see examples/data/NOTICE.md). Every fifth row is for testing.</summary>
internal static class Digits
{
    public static DataSet Load()
    {
        using var reader = new StreamReader(typeof(Digits).Assembly.GetManifestResourceStream("digits.csv")!);
        Example[] rows = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];
        return new DataSet("digits", [.. rows.Where(row => row.RowId % 5 != 0)], [.. rows.Where(row => row.RowId % 5 == 0)], NetworkSpec.Mlp(64, 64), Epochs: 15, BatchSize: 64, LearningRate: 0.1)
        {
            Cluster = (50, 8),
        };
    }

    private static Example Parse(string line)
    {
        string[] values = line.Split(',');
        return new Example
        {
            RowId = long.Parse(values[0], CultureInfo.InvariantCulture),
            Pixels = [.. values[1..^1].Select(value => float.Parse(value, CultureInfo.InvariantCulture))],
            Class = values[^1].Trim(),
        };
    }
}
