using System.Buffers.Binary;
using System.Text.Json;
using MLNetUnlearning.Storage;

namespace MLNetUnlearning.Attribution.Features;

/// <summary>
/// Where things are in a feature file: magic, version, length of the manifest and a checksum of these; the manifest as JSON; a <see cref="FeatureRowRecord"/> per
/// row; and the features [rows, size] as little-endian float32, which starts at a multiple of 64 bytes.
/// </summary>
internal sealed class FeatureFileLayout
{
    private const int Version = 1;
    private const int HeaderSize = 24;
    private const int MaxManifest = 1 << 20;

    private readonly long records;
    private readonly long values;

    private FeatureFileLayout(FeatureManifest manifest, byte[] head)
    {
        Manifest = manifest;
        Head = head;
        records = RoundUp(head.Length, 8);
        values = RoundUp(records + (long)manifest.RowCount * FeatureRowRecord.Bytes, 64);
        RowBytes = checked(manifest.Size * sizeof(float));
        Length = checked(values + (long)manifest.RowCount * RowBytes);
    }

    private static ReadOnlySpan<byte> Magic => "MLUFEATR"u8;

    public FeatureManifest Manifest { get; }

    /// <summary>Everything before the row records.</summary>
    public byte[] Head { get; }

    /// <summary>Bytes of one row's features.</summary>
    public int RowBytes { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; }

    /// <summary>Position of a row's record.</summary>
    public ulong Record(int row) => (ulong)(records + (long)row * FeatureRowRecord.Bytes);

    /// <summary>Position of a row's features.</summary>
    public ulong Values(int row) => (ulong)(values + (long)row * RowBytes);

    /// <summary>Lays out a new file.</summary>
    public static FeatureFileLayout For(FeatureManifest manifest)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, StorageJson.Options);
        byte[] head = new byte[HeaderSize + json.Length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), json.Length);
        json.CopyTo(head, HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(16), Checksum(head));
        return new FeatureFileLayout(manifest, head);
    }

    /// <summary>Reads the layout of a file.</summary>
    /// <exception cref="InvalidDataException">It is no feature file, damaged, cut short, or from a newer version.</exception>
    public static FeatureFileLayout Read(Stream stream)
    {
        byte[] head = new byte[HeaderSize];
        try
        {
            stream.ReadExactly(head);
            if (!head.AsSpan(0, 8).SequenceEqual(Magic))
            {
                throw new InvalidDataException("This is not a feature file.");
            }

            int version = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(8)), size = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(12));
            if (version != Version)
            {
                throw new InvalidDataException($"The feature file has format {version}; this version reads format {Version}.");
            }

            if (size is < 2 or > MaxManifest)
            {
                throw new InvalidDataException($"The feature file is damaged: it claims a manifest of {size} bytes.");
            }

            Array.Resize(ref head, HeaderSize + size);
            stream.ReadExactly(head, HeaderSize, size);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(16)) != Checksum(head))
            {
                throw new InvalidDataException("The feature file is damaged: the checksum of its manifest is wrong.");
            }

            var manifest = JsonSerializer.Deserialize<FeatureManifest>(head.AsSpan(HeaderSize), StorageJson.Options) ?? throw new InvalidDataException("The feature file has no manifest.");
            manifest.Validate();
            var layout = new FeatureFileLayout(manifest, head);
            return stream.Length == layout.Length
                ? layout
                : throw new InvalidDataException($"The feature file is cut short or damaged: it has {stream.Length} bytes instead of {layout.Length}.");
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException or OverflowException)
        {
            throw new InvalidDataException($"The feature file is cut short or damaged: {e.Message}", e);
        }
    }

    private static uint Checksum(byte[] head) => FeatureChecksums.Crc(FeatureChecksums.Crc(uint.MaxValue, head.AsSpan(0, 16)), head.AsSpan(HeaderSize));

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;
}
