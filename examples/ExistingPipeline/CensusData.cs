using System.IO.Compression;

namespace ExistingPipeline;

/// <summary>The Adult data set: Becker, Kohavi (1996), UCI, CC BY 4.0, doi:10.24432/C5XW20.</summary>
internal static class CensusData
{
    /// <summary>Reads the first rows of both files.</summary>
    /// <exception cref="FileNotFoundException">The data is not there; the message says how to get it.</exception>
    /// <exception cref="FormatException">A line is not of the expected form.</exception>
    public static (CensusRow[] Train, CensusRow[] Test) Read(int trainRows, int testRows)
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("MLNETUNLEARNING_DATA") ?? Path.Combine("..", "shared", "data"), "adult");
        return (Read(folder, "adult.data", 0, trainRows), Read(folder, "adult.test", 1_000_000, testRows));
    }

    private static CensusRow[] Read(string folder, string name, long firstId, int count)
    {
        string packed = Path.Combine(folder, name + ".gz"), plain = Path.Combine(folder, name);
        if (!File.Exists(packed) && !File.Exists(plain))
        {
            throw new FileNotFoundException(
                $"""
                '{plain}' is missing, packed or not. Download the Adult data set from https://archive.ics.uci.edu/dataset/2/adult (4 MB), put adult.data and adult.test
                into a folder named adult, and set MLNETUNLEARNING_DATA to the folder above it.
                """);
        }

        using Stream stream = File.Exists(packed) ? new GZipStream(File.OpenRead(packed), CompressionMode.Decompress) : File.OpenRead(plain);
        using var reader = new StreamReader(stream);

        // adult.test begins with a line that is no row, and both end with an empty one.
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.Contains(',', StringComparison.Ordinal)).Take(count).Select((line, i) => CensusRow.Parse(line, firstId + i))];
    }
}
