using System.Buffers.Binary;
using System.IO.Compression;
using MLNetUnlearning.Networks;

namespace QuickStart;

/// <summary>The first 10,000 training and 2,000 test images of Fashion-MNIST, read from the data folder.</summary>
internal static class FashionMnist
{
    public static DataSet Load()
    {
        string folder = Path.Combine(Environment.GetEnvironmentVariable("MLNETUNLEARNING_DATA") ?? Path.Combine("..", "shared", "data"), "fashion-mnist");
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"Fashion-MNIST is not at '{folder}'. Put its four .gz files into a folder fashion-mnist and set MLNETUNLEARNING_DATA to the folder above it.");
        }

        return new DataSet("fashion-mnist", Read(folder, "train", 10_000, 0), Read(folder, "t10k", 2_000, 60_000), NetworkSpec.Mlp(128, 64), Epochs: 10, BatchSize: 100, LearningRate: 0.1)
        {
            Cluster = (100, 6),
        };
    }

    private static Example[] Read(string folder, string part, int count, int firstId)
    {
        byte[] images = Unpack(Path.Combine(folder, $"{part}-images-idx3-ubyte.gz"), 16 + count * 784);
        byte[] labels = Unpack(Path.Combine(folder, $"{part}-labels-idx1-ubyte.gz"), 8 + count);
        if (BinaryPrimitives.ReadInt32BigEndian(images) != 2051 || BinaryPrimitives.ReadInt32BigEndian(labels) != 2049)
        {
            throw new InvalidDataException($"The files of part '{part}' in '{folder}' are not IDX files of images and labels.");
        }

        return
        [
            .. Enumerable.Range(0, count).Select(row => new Example
            {
                RowId = firstId + row,
                Pixels = Array.ConvertAll(images[(16 + row * 784)..(16 + (row + 1) * 784)], pixel => (float)pixel),
                Class = ((char)('0' + labels[8 + row])).ToString(),
            }),
        ];
    }

    private static byte[] Unpack(string file, int bytes)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        var buffer = new byte[bytes];
        stream.ReadExactly(buffer);
        return buffer;
    }
}
