namespace MLNetUnlearning.Tests.Tasks;

/// <summary>A row of Adult.</summary>
internal sealed class CensusRow
{
    public long RowId { get; set; }

    public float Age { get; set; }

    public float Education { get; set; }

    public float Gain { get; set; }

    public float Loss { get; set; }

    public float Hours { get; set; }

    public string Work { get; set; } = "";

    public string Marital { get; set; } = "";

    public string Occupation { get; set; } = "";

    public string Sex { get; set; } = "";

    public bool Label { get; set; }

    public static CensusRow[] Read(string path, int count) => [.. SharedData.Lines(path).Select(line => line.Split(", ")).Where(cells => cells.Length == 15).Take(count).Select((cells, i) => new CensusRow
    {
        RowId = i + 1,
        Age = SharedData.Number(cells[0]),
        Work = cells[1],
        Education = SharedData.Number(cells[4]),
        Marital = cells[5],
        Occupation = cells[6],
        Sex = cells[9],
        Gain = SharedData.Number(cells[10]),
        Loss = SharedData.Number(cells[11]),
        Hours = SharedData.Number(cells[12]),
        Label = cells[14].StartsWith(">50K", StringComparison.Ordinal),
    })];
}
