using System.Globalization;
using Microsoft.ML;

namespace EnterpriseVerification;

/// <summary>The data of the gate. Put your own rows and requests here.</summary>
internal static class Data
{
    private static readonly Example[] Rows = ReadRows();

    /// <summary>The rows that the deployed model was trained on, those to forget included.</summary>
    public static IDataView Train(MLContext ml) => ml.Data.LoadFromEnumerable(Rows[..1400]);

    /// <summary>Rows that no model was trained on.</summary>
    public static IDataView Test(MLContext ml) => ml.Data.LoadFromEnumerable(Rows[1400..]);

    /// <summary>Ids of the rows to forget.</summary>
    public static IReadOnlyList<long> Request() =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "deletion-request.csv")).Skip(1).Select(line => long.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>As many other rows, drawn at random: what bounds are chosen on, so that they are not chosen on the request that they judge.</summary>
    /// <param name="seed">Fixes which.</param>
    public static IReadOnlyList<long> Rehearsal(int seed)
    {
        var request = Request();
        long[] others = [.. Rows[..1400].Select(row => row.RowId).Except(request)];
        new Random(seed).Shuffle(others);
        return [.. others.Take(request.Count).Order()];
    }

    private static Example[] ReadRows()
    {
        using var reader = new StreamReader(typeof(Data).Assembly.GetManifestResourceStream("digits.csv")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];
    }

    private static Example Parse(string line)
    {
        string[] values = line.TrimEnd().Split(',');
        return new Example
        {
            RowId = long.Parse(values[0], CultureInfo.InvariantCulture),
            Pixels = [.. values[1..^1].Select(value => float.Parse(value, CultureInfo.InvariantCulture))],
            Class = values[^1],
        };
    }
}
