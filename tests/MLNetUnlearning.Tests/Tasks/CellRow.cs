using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>A row of the diagnostic breast cancer set; true is benign.</summary>
internal sealed class CellRow
{
    public long RowId { get; set; }

    [VectorType(30)]
    public float[] Inputs { get; set; } = [];

    public bool Label { get; set; }

    public static CellRow[] Read() => [.. SharedData.Lines("breast-cancer/wdbc-sklearn.csv").Skip(1).Select((line, i) => (Cells: line.Split(','), Id: i + 1L))
        .Select(row => new CellRow { RowId = row.Id, Inputs = [.. row.Cells[..30].Select(SharedData.Number)], Label = row.Cells[30] == "1" })];
}
