using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>Real data sets in the folder that the environment variable MLNETUNLEARNING_DATA names. Tests that need an absent one are skipped.</summary>
internal static class SharedData
{
    /// <summary>Lines of a text file, unpacked if it is packed.</summary>
    /// <param name="path">Path below the folder.</param>
    public static string[] Lines(string path)
    {
        string? folder = Environment.GetEnvironmentVariable("MLNETUNLEARNING_DATA");
        string file = Path.Combine(folder ?? "", path);
        if (folder is null || !File.Exists(file))
        {
            Assert.Inconclusive($"'{path}' is not there: set MLNETUNLEARNING_DATA to the folder of the data sets.");
        }

        using var stream = File.OpenRead(file);
        using var unpacked = path.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream;
        using var reader = new StreamReader(path.EndsWith("tgz", StringComparison.Ordinal) ? FirstEntry(unpacked) : unpacked);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>A number, or NaN for an empty field.</summary>
    public static float Number(string field) => field.Length == 0 ? float.NaN : float.Parse(field, CultureInfo.InvariantCulture);

    private static MemoryStream FirstEntry(Stream archive)
    {
        using var tar = new TarReader(archive);
        for (var entry = tar.GetNextEntry(); entry is not null; entry = tar.GetNextEntry())
        {
            if (entry.DataStream is { } data)
            {
                var content = new MemoryStream();
                data.CopyTo(content);
                content.Position = 0;
                return content;
            }
        }

        throw new InvalidDataException("The archive holds no file.");
    }
}
