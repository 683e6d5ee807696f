namespace MLNetUnlearning.Tests.Tasks;

/// <summary>A district of California housing; 207 of them lack the number of bedrooms.</summary>
internal sealed class HouseRow
{
    public long RowId { get; set; }

    public float Longitude { get; set; }

    public float Latitude { get; set; }

    public float Age { get; set; }

    public float Rooms { get; set; }

    public float Bedrooms { get; set; }

    public float Population { get; set; }

    public float Households { get; set; }

    public float Income { get; set; }

    public string Ocean { get; set; } = "";

    public float Label { get; set; }

    /// <summary>Every fifth row: the file is sorted by place.</summary>
    public static HouseRow[] Read() => [.. SharedData.Lines("housing-california/housing.tgz").Skip(1).Select((line, i) => (Cells: line.Split(','), Id: i + 1L)).Where(row => row.Id % 5 == 0).Select(row => new HouseRow
    {
        RowId = row.Id,
        Longitude = SharedData.Number(row.Cells[0]),
        Latitude = SharedData.Number(row.Cells[1]),
        Age = SharedData.Number(row.Cells[2]),
        Rooms = SharedData.Number(row.Cells[3]),
        Bedrooms = SharedData.Number(row.Cells[4]),
        Population = SharedData.Number(row.Cells[5]),
        Households = SharedData.Number(row.Cells[6]),
        Income = SharedData.Number(row.Cells[7]),
        Label = SharedData.Number(row.Cells[8]),
        Ocean = row.Cells[9],
    })];
}
