using System.Globalization;

namespace ExistingPipeline;

/// <summary>One person of the 1994 census.</summary>
internal sealed class CensusRow
{
    /// <summary>Names the row for good: what a deletion request refers to.</summary>
    public long RowId { get; set; }

    public float Age { get; set; }

    public string Workclass { get; set; } = "";

    public float EducationYears { get; set; }

    public string MaritalStatus { get; set; } = "";

    public string Occupation { get; set; } = "";

    public string Relationship { get; set; } = "";

    public float CapitalGain { get; set; }

    public float CapitalLoss { get; set; }

    public float HoursPerWeek { get; set; }

    /// <summary>Whether the income is above 50,000 dollars a year.</summary>
    public bool Label { get; set; }

    /// <summary>Reads a line of the UCI files; a text that is not known is <c>?</c> there.</summary>
    /// <exception cref="FormatException">The line is not of this form.</exception>
    public static CensusRow Parse(string line, long rowId)
    {
        string[] cells = line.Split(',', StringSplitOptions.TrimEntries);
        if (cells.Length != 15)
        {
            throw new FormatException($"Row {rowId} has {cells.Length} values instead of 15: '{line}'.");
        }

        return new CensusRow
        {
            RowId = rowId,
            Age = Number(cells[0]),
            Workclass = cells[1],
            EducationYears = Number(cells[4]),
            MaritalStatus = cells[5],
            Occupation = cells[6],
            Relationship = cells[7],
            CapitalGain = Number(cells[10]),
            CapitalLoss = Number(cells[11]),
            HoursPerWeek = Number(cells[12]),
            Label = cells[14].StartsWith('>'),
        };
    }

    private static float Number(string cell) => float.Parse(cell, CultureInfo.InvariantCulture);
}
