using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>Checksums by which a feature file recognises what it was made from, and damage to itself.</summary>
internal static class FeatureChecksums
{
    private const int RowsPerPart = 1024;

    /// <summary>SHA-256 of the values of tensors, hexadecimal.</summary>
    public static string OfTensors(IEnumerable<Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            using var values = tensor.ToHostTensor();
            hash.AppendData(values.bytes);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of row ids, hexadecimal.</summary>
    public static string OfRowIds(IReadOnlyList<long> ids) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<long>(ids.ToArray())));

    /// <summary>CRC-32C of each row's id, label and features.</summary>
    public static uint[] OfRows(LabeledRows rows)
    {
        var result = new uint[rows.Count];
        int rowBytes = rows.FeatureCount * sizeof(float);
        for (int start = 0; start < result.Length; start += RowsPerPart)
        {
            using var scope = NewDisposeScope();
            int end = Math.Min(start + RowsPerPart, result.Length);
            var features = rows.Features.slice(0, start, end, 1).ToHostTensor();
            var labels = rows.Labels.slice(0, start, end, 1).ToHostTensor();
            var values = features.bytes;
            var classes = MemoryMarshal.Cast<byte, long>(labels.bytes);
            for (int i = start; i < end; i++)
            {
                uint crc = BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, (ulong)rows.RowIds[i]), (ulong)classes[i - start]);
                result[i] = Crc(crc, values.Slice((i - start) * rowBytes, rowBytes));
            }
        }

        return result;
    }

    /// <summary>CRC-32C of bytes, continued from <paramref name="crc"/>.</summary>
    public static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (byte last in bytes[(8 * words.Length)..])
        {
            crc = BitOperations.Crc32C(crc, last);
        }

        return crc;
    }
}
