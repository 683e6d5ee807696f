using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Storage;

/// <summary>Writes an ML.NET model file with what later deletions need beside it. The file replaces an older one whole or not at all.</summary>
internal static class ModelFileWriter
{
    /// <exception cref="InvalidOperationException">The model cannot unlearn.</exception>
    public static void Save(MLContext ml, ITransformer model, DataViewSchema inputSchema, string path)
    {
        var location = NetworkLocation.Find(model);
        var state = ModelUnlearner.StateOf(location.Network);
        using var use = state.Enter();
        AttributorFile.Require(state.Attributor);
        string target = Path.GetFullPath(path);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                // ML.NET closes the stream that it saves to.
                using var stock = new MemoryStream();
                ml.Model.Save(model, inputSchema, stock);
                file.Write(stock.ToArray());
                file.Position = 0;
                using (var zip = new ZipArchive(file, ZipArchiveMode.Update, leaveOpen: true))
                {
                    Add(zip, location, state);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static void Add(ZipArchive zip, NetworkLocation location, UnlearningState state)
    {
        var entries = new SortedDictionary<string, StoredEntry>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries.ToArray())
        {
            using var stream = entry.Open();
            entries.Add(entry.FullName, new StoredEntry(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream))));
        }

        void Write(string name, Action<Stream> write)
        {
            using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            write(stream);
            stream.Position = 0;
            entries.Add(name, new StoredEntry(stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream))));
        }

        var network = location.Network;
        using (var weights = network.Scorer.With(deployed => deployed.ToStack()))
        {
            Write(EntryNames.Weights, stream => StackFile.Write(stream, weights));
        }

        var bank = state.Bank;
        Write(EntryNames.RowIds, stream => RowIdFile.Write(stream, state.RowIds));
        Write(EntryNames.Plans, stream => PlanFile.Write(stream, bank.Members));
        Write(EntryNames.Bank, stream => StackFile.Write(stream, bank.Models.Final));
        foreach (var (epoch, models) in bank.Models.Checkpoints)
        {
            Write(EntryNames.Checkpoint(epoch), stream => StackFile.Write(stream, models));
        }

        Write(EntryNames.Attribution, stream => AttributorFile.Write(stream, state.Attributor));
        var manifest = new StoredModel(
            StoredModel.CurrentFormat,
            location.Path,
            network.Options.Network.ToJson(),
            network.Scorer.FeatureCount,
            network.Head.OutputCount,
            StoredHead.From(network.Head),
            StoredTraining.From(network.Options),
            state.RowIds.Count,
            bank.FullMembers,
            bank.Members.Count,
            [.. bank.Models.Checkpoints.Select(checkpoint => checkpoint.Epoch)],
            AttributorFile.Describe(state.Attributor),
            entries);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, StorageJson.Options);
        WriteBytes(zip, EntryNames.Manifest, json);
        WriteBytes(zip, EntryNames.ManifestChecksum, System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json))));
    }

    private static void WriteBytes(ZipArchive zip, string name, byte[] content)
    {
        using var stream = zip.CreateEntry(name).Open();
        stream.Write(content);
    }
}
