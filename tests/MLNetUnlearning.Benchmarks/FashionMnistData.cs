using System.Buffers.Binary;
using System.IO.Compression;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>The first images of Fashion-MNIST, from the folder that the environment variable MLNETUNLEARNING_DATA names.</summary>
internal static class FashionMnistData
{
    private const int Pixels = 28 * 28, Classes = 10, FirstTestId = 60_000;

    /// <summary>The first rows of both parts, pixels from 0 to 1; null if the data is not there.</summary>
    public static (LabeledRows Train, LabeledRows Test)? Load(int train, int test)
    {
        string folder = Path.Combine(DataFolder.Path, "fashion-mnist");
        return Directory.Exists(folder) ? (Read(folder, "train", train, 0), Read(folder, "t10k", test, FirstTestId)) : null;
    }

    private static LabeledRows Read(string folder, string part, int count, long firstId)
    {
        byte[] images = Unpack(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"), 16 + count * Pixels);
        byte[] labels = Unpack(Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"), 8 + count);
        if (BinaryPrimitives.ReadInt32BigEndian(images) != 2051 || BinaryPrimitives.ReadInt32BigEndian(labels) != 2049)
        {
            throw new InvalidDataException($"The files of part '{part}' in '{folder}' are not IDX files of images and labels.");
        }

        return LabeledRows.Create(
            Array.ConvertAll(images[16..], pixel => pixel / 255f), Pixels, Array.ConvertAll(labels[8..], label => (int)label), [.. Enumerable.Range(0, count).Select(row => firstId + row)], Classes);
    }

    private static byte[] Unpack(string file, int bytes)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        var buffer = new byte[bytes];
        stream.ReadExactly(buffer);
        return buffer;
    }
}
