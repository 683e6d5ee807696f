using System.Buffers.Binary;

namespace MLNetUnlearning.Storage;

/// <summary>Row ids as bytes: little-endian int64, ascending.</summary>
internal static class RowIdFile
{
    /// <summary>Writes ids.</summary>
    public static void Write(Stream stream, IReadOnlyList<long> ids)
    {
        Span<byte> number = stackalloc byte[8];
        foreach (long id in ids)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, id);
            stream.Write(number);
        }
    }

    /// <summary>Reads ids.</summary>
    /// <param name="stream">Positioned at the ids.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="InvalidDataException">There are fewer, or they are not ascending.</exception>
    public static long[] Read(Stream stream, int count)
    {
        Span<byte> number = stackalloc byte[8];
        var ids = new List<long>();
        for (int i = 0; i < count; i++)
        {
            if (stream.ReadAtLeast(number, 8, throwOnEndOfStream: false) < 8)
            {
                throw new InvalidDataException("The row ids are cut short.");
            }

            ids.Add(BinaryPrimitives.ReadInt64LittleEndian(number));
            if (i > 0 && ids[i] <= ids[i - 1])
            {
                throw new InvalidDataException($"The row ids are not ascending: {ids[i - 1]} is before {ids[i]}.");
            }
        }

        return [.. ids];
    }
}
