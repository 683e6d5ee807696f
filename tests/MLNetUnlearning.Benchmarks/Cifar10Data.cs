using System.IO.Compression;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>A JPEG-recompressed subset of CIFAR-10, from the folder that the environment variable MLNETUNLEARNING_DATA names.</summary>
internal static class Cifar10Data
{
    private const int Pixels = 3 * 32 * 32, Classes = 10, FirstTestId = 50_000;

    // Of the training images of CIFAR-10, as unlearning benchmarks use them.
    private static readonly float[] Mean = [0.4914f, 0.4822f, 0.4465f], Deviation = [0.2023f, 0.1994f, 0.201f];

    /// <summary>The first rows of both parts, channels standardised; classes take turns, so any multiple of ten is balanced.</summary>
    /// <exception cref="DirectoryNotFoundException">The data is not there.</exception>
    public static (LabeledRows Train, LabeledRows Test) Load(int train, int test)
    {
        string folder = Path.Combine(DataFolder.Path, "cifar-10");
        return Directory.Exists(folder)
            ? (Read(Path.Combine(folder, "cifar10-jpeg-train7500.bin.gz"), train, 0), Read(Path.Combine(folder, "cifar10-jpeg-test2000.bin.gz"), test, FirstTestId))
            : throw DataFolder.Missing(folder);
    }

    private static LabeledRows Read(string file, int count, long firstId)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        var record = new byte[1 + Pixels];
        var features = new float[count * Pixels];
        var labels = new int[count];
        for (int row = 0; row < count; row++)
        {
            stream.ReadExactly(record);
            labels[row] = record[0];
            for (int i = 0; i < Pixels; i++)
            {
                int channel = i / (32 * 32);
                features[(row * Pixels) + i] = ((record[1 + i] / 255f) - Mean[channel]) / Deviation[channel];
            }
        }

        return LabeledRows.Create(features, Pixels, labels, [.. Enumerable.Range(0, count).Select(row => firstId + row)], Classes);
    }
}
