using System.Security.Cryptography;
using System.Text.Json;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>Says what a folder of trained models was made with, and refuses another use.</summary>
internal static class CacheManifest
{
    private const string FileName = "manifest.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes the manifest of a new folder; compares with that of an old one.</summary>
    /// <param name="folder">The folder; made if it is not there.</param>
    /// <param name="entries">Everything that decides what the models are.</param>
    /// <exception cref="InvalidDataException">The folder was made with other settings, or its manifest cannot be read.</exception>
    public static void Require(string folder, IReadOnlyDictionary<string, string> entries)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, entries, Indented));
            return;
        }

        Dictionary<string, string> found;
        try
        {
            found = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file)) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file}' is no manifest of a model cache. Delete the folder or name another one with --cache.", e);
        }

        foreach (string key in entries.Keys.Union(found.Keys).Order())
        {
            string? actual = found.GetValueOrDefault(key), expected = entries.GetValueOrDefault(key);
            if (actual != expected)
            {
                throw new InvalidDataException($"The models in '{folder}' were made with {key} = {actual ?? "nothing"}, this run has {expected ?? "nothing"}. Delete the folder or name another one with --cache.");
            }
        }
    }

    /// <summary>A digest of rows: ids, labels and features.</summary>
    public static string Digest(LabeledRows rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var features = rows.Features.contiguous();
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(rows.RowIds.ToArray()));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(rows.Labels.data<long>().ToArray()));
        hash.AppendData(features.bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
