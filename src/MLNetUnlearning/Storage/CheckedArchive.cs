using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Storage;

/// <summary>A model file whose every entry has been compared with its checksum.</summary>
internal sealed class CheckedArchive : IDisposable
{
    private const int MaximumManifest = 64 << 20;
    /// <summary>Weights hardly shrink and text to a tenth or so; entries that claim to unfold to far more than they are were made to fill memory.</summary>
    private const int MaximumRatio = 200;

    private const int FreeBytes = 1 << 20;
    private const int MaximumMembers = 100_000;
    private const int MaximumRows = 100_000_000;

    private readonly ZipArchive zip;

    private CheckedArchive(ZipArchive zip, StoredModel manifest)
    {
        this.zip = zip;
        Manifest = manifest;
    }

    /// <summary>The manifest, whose numbers are in range.</summary>
    public StoredModel Manifest { get; }

    /// <summary>Opens a file and checks it.</summary>
    /// <exception cref="InvalidDataException">It is not such a file, is damaged, or comes from a newer version.</exception>
    public static CheckedArchive Open(Stream file)
    {
        var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        try
        {
            var manifest = ReadManifest(zip);
            foreach (var entry in zip.Entries.Where(entry => entry.FullName is not (EntryNames.Manifest or EntryNames.ManifestChecksum)))
            {
                CheckEntry(entry, manifest);
            }

            string? missing = manifest.Entries.Keys.FirstOrDefault(name => zip.GetEntry(name) is null);
            return missing is null ? new CheckedArchive(zip, manifest) : throw new InvalidDataException($"The entry '{missing}' is missing.");
        }
        catch
        {
            zip.Dispose();
            throw;
        }
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="expected">Length that it must have; null if only the reader can tell.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="InvalidDataException">It is missing or has another length.</exception>
    public T Read<T>(string name, long? expected, Func<Stream, T> read)
    {
        // Its length was compared with the bytes there are, so nothing larger than the file is ever allocated.
        if (!Manifest.Entries.TryGetValue(name, out var stored) || stored.Length != (expected ?? stored.Length))
        {
            throw new InvalidDataException($"The entry '{name}' is missing or does not have the length of {expected} bytes that its contents take.");
        }

        using var stream = zip.GetEntry(name)!.Open();
        return read(stream);
    }

    /// <summary>Reads stacked models.</summary>
    public ModelStack ReadStack(string name, NetworkGraph graph, int models) =>
        Read(name, TensorFile.SizeOf(StackFile.Shapes(graph, models)), stream => StackFile.Read(stream, graph, models));

    public void Dispose() => zip.Dispose();

    private static StoredModel ReadManifest(ZipArchive zip)
    {
        byte[] json = ReadBytes(zip, EntryNames.Manifest, MaximumManifest);
        string checksum = Encoding.ASCII.GetString(ReadBytes(zip, EntryNames.ManifestChecksum, 64));
        if (checksum != Convert.ToHexStringLower(SHA256.HashData(json)))
        {
            throw new InvalidDataException("The manifest is damaged: its checksum differs.");
        }

        try
        {
            using (var document = JsonDocument.Parse(json))
            {
                int format = document.RootElement.GetProperty("format").GetInt32();
                if (format != StoredModel.CurrentFormat)
                {
                    throw new InvalidDataException($"It has format {format}, and this version reads format {StoredModel.CurrentFormat}. Load it with a newer version of MLNetUnlearning.");
                }
            }

            var manifest = JsonSerializer.Deserialize<StoredModel>(json, StorageJson.Options) ?? throw new InvalidDataException("The manifest is empty.");
            bool inRange = manifest.Members is >= 1 and <= MaximumMembers && manifest.FullMembers >= 1 && manifest.FullMembers <= manifest.Members
                && manifest.Rows is >= 1 and <= MaximumRows && manifest.Attribution.RowCount == manifest.Rows && manifest.CheckpointEpochs.Count is >= 1 and <= 1000;
            return inRange ? manifest : throw new InvalidDataException("The manifest's numbers of rows, models or checkpoints are out of range.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"The manifest cannot be read: {e.Message}", e);
        }
    }

    private static void CheckEntry(ZipArchiveEntry entry, StoredModel manifest)
    {
        if (!manifest.Entries.TryGetValue(entry.FullName, out var stored))
        {
            throw new InvalidDataException($"The entry '{entry.FullName}' is not in the manifest.");
        }

        if (Math.Max(stored.Length, entry.Length) > FreeBytes + (MaximumRatio * entry.CompressedLength))
        {
            throw new InvalidDataException($"The entry '{entry.FullName}' claims to unfold from {entry.CompressedLength} to {Math.Max(stored.Length, entry.Length)} bytes, more than {MaximumRatio} times its size; it is not read.");
        }

        using var stream = entry.Open();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[81_920];
        long length = 0;
        for (int read; length <= stored.Length && (read = stream.Read(buffer)) > 0; length += read)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        if (length != stored.Length || Convert.ToHexStringLower(hash.GetHashAndReset()) != stored.Sha256)
        {
            throw new InvalidDataException($"The entry '{entry.FullName}' is damaged: its length or checksum differs.");
        }
    }

    private static byte[] ReadBytes(ZipArchive zip, string name, int maximum)
    {
        var entry = zip.GetEntry(name) ?? throw new InvalidDataException("It holds no unlearning data; load it with ml.Model.Load to score with it.");
        using var stream = entry.Open();
        using var content = new MemoryStream();
        byte[] buffer = new byte[81_920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > maximum)
            {
                throw new InvalidDataException($"The entry '{name}' is larger than {maximum} bytes.");
            }
        }

        return content.ToArray();
    }
}
