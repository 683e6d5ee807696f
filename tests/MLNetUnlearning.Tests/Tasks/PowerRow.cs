using System.Globalization;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>Weather, hour and season, and the power that three zones of Tetouan draw.</summary>
internal sealed class PowerRow
{
    public long RowId { get; set; }

    [VectorType(9)]
    public float[] Inputs { get; set; } = [];

    [VectorType(3)]
    public float[] Label { get; set; } = [];

    /// <summary>Every twentieth row.</summary>
    public static PowerRow[] Read() => [.. SharedData.Lines("tetouan-power/tetouan-city-power-consumption.csv.gz").Skip(1).Select((line, i) => (Cells: line.Split(','), Id: i + 1L)).Where(row => row.Id % 20 == 0).Select(row =>
    {
        var time = DateTime.Parse(row.Cells[0], CultureInfo.InvariantCulture);
        double day = 2 * Math.PI * time.TimeOfDay.TotalDays, year = 2 * Math.PI * time.DayOfYear / 365;
        float[] numbers = [.. row.Cells[1..].Select(SharedData.Number)];
        return new PowerRow
        {
            RowId = row.Id,
            Inputs = [.. numbers[..5], (float)Math.Sin(day), (float)Math.Cos(day), (float)Math.Sin(year), (float)Math.Cos(year)],
            Label = numbers[5..],
        };
    })];
}
