using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>A row of the Adult census data (Becker and Kohavi, 1996, UCI): numbers and text, with question marks for what is missing.</summary>
public sealed class AdultRow
{
    public float Age { get; set; }

    public string WorkClass { get; set; } = "";

    public float Weight { get; set; }

    public string Education { get; set; } = "";

    public float EducationYears { get; set; }

    public string MaritalStatus { get; set; } = "";

    public string Occupation { get; set; } = "";

    public string Relationship { get; set; } = "";

    public string Race { get; set; } = "";

    public string Sex { get; set; } = "";

    public float CapitalGain { get; set; }

    public float CapitalLoss { get; set; }

    public float Hours { get; set; }

    public string Country { get; set; } = "";

    public string Income { get; set; } = "";

    public bool Above { get; set; }

    /// <summary>Folder of the data; null if it is not there.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>Reads a file of the data set. Missing texts become empty; every seventh age becomes missing, because the data has no missing numbers.</summary>
    public static AdultRow[] Read(string name)
    {
        using var file = new GZipStream(File.OpenRead(Path.Combine(Folder!, name)), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        var rows = new List<AdultRow>();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(", ");
            if (cells.Length != 15)
            {
                continue;
            }

            string Text(int i) => cells[i] == "?" ? "" : cells[i];
            float Number(int i) => float.Parse(cells[i], CultureInfo.InvariantCulture);
            rows.Add(new AdultRow
            {
                Age = rows.Count % 7 == 3 ? float.NaN : Number(0),
                WorkClass = Text(1),
                Weight = Number(2),
                Education = Text(3),
                EducationYears = Number(4),
                MaritalStatus = Text(5),
                Occupation = Text(6),
                Relationship = Text(7),
                Race = Text(8),
                Sex = Text(9),
                CapitalGain = Number(10),
                CapitalLoss = Number(11),
                Hours = Number(12),
                Country = Text(13),
                Income = cells[14].TrimEnd('.'),
                Above = cells[14].StartsWith('>'),
            });
        }

        return [.. rows];
    }

    private static string? Find()
    {
        string? folder = Environment.GetEnvironmentVariable("MLNETUNLEARNING_DATA");
        return folder is not null && File.Exists(Path.Combine(folder, "adult", "adult.data.gz")) ? Path.Combine(folder, "adult") : null;
    }
}
