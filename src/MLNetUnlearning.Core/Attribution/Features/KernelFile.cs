using System.Buffers.Binary;
using System.Text.Json;
using MLNetUnlearning.Native;
using MLNetUnlearning.Storage;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>
/// A Gauss-Newton matrix over the first rows of a data set, on disk: magic, version, length of the manifest, number of rows summed so far; the manifest as JSON; the matrix as little-endian float32, row by
/// row; a CRC-32C of all before it. A file is replaced as a whole, so one that was stopped while it was written leaves the one before.
/// </summary>
internal static class KernelFile
{
    private const int Version = 1;
    private const int HeaderSize = 24;
    private const int MaxManifest = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "MLUKERNL"u8;

    /// <summary>Writes a file, or puts it in the place of the one that is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="manifest">What the matrix is made from.</param>
    /// <param name="rows">Rows summed so far.</param>
    /// <param name="kernel">The matrix, [size, size] in float32.</param>
    public static void Write(string path, KernelManifest manifest, int rows, Tensor kernel)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, StorageJson.Options);
        byte[] head = new byte[HeaderSize + json.Length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), json.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(16), rows);
        json.CopyTo(head, HeaderSize);
        using var host = kernel.ToHostTensor();
        byte[] check = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(check, FeatureChecksums.Crc(FeatureChecksums.Crc(uint.MaxValue, head), host.bytes));
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(head);
                stream.Write(host.bytes);
                stream.Write(check);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; it must be there.</param>
    /// <param name="manifest">What the matrix must have been made from.</param>
    /// <returns>Rows summed so far and the matrix; the caller owns it.</returns>
    /// <exception cref="ArgumentException">It was made from something else; names the first difference.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or something else.</exception>
    public static (int Rows, Tensor Kernel) Read(string path, KernelManifest manifest)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] head = new byte[HeaderSize];
            stream.ReadExactly(head);
            int version = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8)), length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12));
            if (!head.AsSpan(0, 8).SequenceEqual(Magic) || version != Version || length is < 2 or > MaxManifest)
            {
                throw new InvalidDataException($"it does not begin as a matrix of format {Version} does");
            }

            Array.Resize(ref head, HeaderSize + length);
            stream.ReadExactly(head, HeaderSize, length);
            var there = JsonSerializer.Deserialize<KernelManifest>(head.AsSpan(HeaderSize), StorageJson.Options) ?? throw new InvalidDataException("it has no manifest");
            if (there.DifferenceTo(manifest) is { } difference)
            {
                throw new ArgumentException($"'{path}' holds a matrix made with other settings: {difference}. Use the same settings, another folder, or delete this file.", nameof(manifest));
            }

            int rows = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(16)), size = manifest.Features.Size;
            var kernel = empty([size, size], device: CPU);
            byte[] check = new byte[sizeof(uint)];
            stream.ReadExactly(kernel.bytes);
            stream.ReadExactly(check);
            if (rows < 1 || rows > manifest.Features.RowCount || stream.ReadByte() >= 0
                || BinaryPrimitives.ReadUInt32LittleEndian(check) != FeatureChecksums.Crc(FeatureChecksums.Crc(uint.MaxValue, head), kernel.bytes))
            {
                kernel.Dispose();
                throw new InvalidDataException("its checksum is wrong");
            }

            if (DeviceSpec.Current.CudaIndex is null)
            {
                return (rows, kernel);
            }

            using (kernel)
            {
                return (rows, kernel.to(DeviceSpec.Current.ToTorch()));
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException)
        {
            throw new InvalidDataException($"'{path}' is damaged or no matrix of this kind: {e.Message}. Delete it to compute it anew.", e);
        }
    }
}
