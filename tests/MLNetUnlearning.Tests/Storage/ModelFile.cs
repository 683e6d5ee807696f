using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.Storage;

/// <summary>A saved model file and ways to damage copies of it.</summary>
internal static class ModelFile
{
    public const string Manifest = "Unlearning/manifest.json", Checksum = "Unlearning/manifest.sha256";

    /// <summary>The file as it was written.</summary>
    public static byte[] Good { get; } = SaveModel();

    /// <summary>The manifest as it was written.</summary>
    public static string ManifestText()
    {
        using var zip = new ZipArchive(new MemoryStream(Good));
        return Encoding.UTF8.GetString(Content(zip.GetEntry(Manifest)!));
    }

    public static string[] EntryNames()
    {
        using var zip = new ZipArchive(new MemoryStream(Good));
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }

    /// <summary>A copy with changed entries; null leaves an entry out.</summary>
    public static byte[] Rewrite(Func<string, byte[], byte[]?> change, Action<ZipArchive>? add = null, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var from = new ZipArchive(new MemoryStream(Good));
        using var result = new MemoryStream();
        using (var to = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                if (change(entry.FullName, Content(entry)) is { } bytes)
                {
                    using var target = to.CreateEntry(entry.FullName, level).Open();
                    target.Write(bytes);
                }
            }

            add?.Invoke(to);
        }

        return result.ToArray();
    }

    /// <summary>A copy with an edited manifest, with or without the checksum that belongs to it.</summary>
    public static byte[] EditManifest(string old, string now, bool sign = true)
    {
        using var zip = new ZipArchive(new MemoryStream(Good));
        string json = Encoding.UTF8.GetString(Content(zip.GetEntry(Manifest)!));
        StringAssert.Contains(json, old);
        byte[] changed = Encoding.UTF8.GetBytes(json.Replace(old, now, StringComparison.Ordinal));
        return Rewrite((entry, content) => entry switch
        {
            Manifest => changed,
            Checksum when sign => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(changed))),
            _ => content,
        });
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] SaveModel()
    {
        var ml = new MLContext(seed: 1);
        using var folder = new TemporaryFolder();
        string path = folder.File("model.zip");
        using var model = Digits.Pipeline(ml).Fit(Digits.TrainView(ml));
        ml.Unlearning.Save(model, Digits.TrainView(ml).Schema, path);
        return File.ReadAllBytes(path);
    }
}
