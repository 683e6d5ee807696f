using System.IO.Compression;
using Microsoft.ML;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.Storage;

[TestClass]
public sealed class DamagedFileTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void Load_UntouchedCopy_Works()
    {
        using var folder = new TemporaryFolder();
        using var model = (IDisposable)Ml.Unlearning.Load(Write(folder, ModelFile.Rewrite((_, content) => content)), out _);
        Assert.IsNotNull(model);
    }

    [TestMethod]
    public void Load_FlippedBitInAnyEntry_NamesTheEntry()
    {
        foreach (string name in ModelFile.EntryNames().Where(name => name is not (ModelFile.Manifest or ModelFile.Checksum)))
        {
            byte[] damaged = ModelFile.Rewrite((entry, content) =>
            {
                if (entry == name)
                {
                    content[content.Length / 2] ^= 1;
                }

                return content;
            });
            StringAssert.Contains(Refused(damaged), name);
        }
    }

    [TestMethod]
    public void Load_CutShort_Refuses()
    {
        foreach (int length in new[] { 0, 100, ModelFile.Good.Length / 2, ModelFile.Good.Length - 1 })
        {
            Refused(ModelFile.Good[..length]);
        }
    }

    [TestMethod]
    public void Load_ChangedManifest_Refuses() => StringAssert.Contains(Refused(ModelFile.EditManifest("\"epochs\":6", "\"epochs\":7", sign: false)), "checksum");

    [TestMethod]
    public void Load_NewerFormat_SaysSo() => StringAssert.Contains(Refused(ModelFile.EditManifest("\"format\":1,\"path\"", "\"format\":2,\"path\"")), "newer version");

    [TestMethod]
    public void Load_MissingEntry_NamesIt() =>
        StringAssert.Contains(Refused(ModelFile.Rewrite((entry, content) => entry == "Unlearning/rows.bin" ? null : content)), "Unlearning/rows.bin");

    [TestMethod]
    public void Load_UnknownEntry_NamesIt() =>
        StringAssert.Contains(Refused(ModelFile.Rewrite((_, content) => content, zip => zip.CreateEntry("Unlearning/more.bin"))), "more.bin");

    [TestMethod]
    public void Load_NetworkThatDoesNotFitTheWeights_Refuses() => StringAssert.Contains(Refused(ModelFile.EditManifest("[32]", "[33]")), "length");

    [TestMethod]
    public void Load_GiganticNetwork_RefusesWithoutAllocatingIt()
    {
        byte[] file = ModelFile.EditManifest("[32]", "[65536,65536]");
        long before = GC.GetAllocatedBytesForCurrentThread();
        StringAssert.Contains(Refused(file), "length");
        Assert.IsLessThan(64L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Load_NegativeRows_Refuses() => StringAssert.Contains(Refused(ModelFile.EditManifest("\"rows\":600", "\"rows\":-1")), "out of range");

    [TestMethod]
    public void Load_PathThatLeadsNowhere_Refuses() => StringAssert.Contains(Refused(ModelFile.EditManifest("\"path\":[2]", "\"path\":[9]")), "step");

    [TestMethod]
    public void Load_UnknownManifestMember_Refuses() => Refused(ModelFile.EditManifest("\"rows\":600", "\"rows\":600,\"type\":\"System.Object\""));

    [TestMethod]
    public void Load_OversizedManifest_Refuses() =>
        StringAssert.Contains(Refused(ModelFile.Rewrite((entry, content) => entry == ModelFile.Manifest ? new byte[70 << 20] : content)), "larger");

    /// <summary>Zeros that unfold to a thousand times their size, in each entry in turn, with a manifest that goes along with it or does not.</summary>
    [TestMethod]
    public void Load_EntryThatUnfoldsBeyondMeasure_IsRefusedUnread()
    {
        const int Bomb = 64 << 20;
        byte[] zeros = new byte[Bomb];
        foreach (string name in ModelFile.EntryNames().Where(name => name is not (ModelFile.Manifest or ModelFile.Checksum)))
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            byte[] file = ModelFile.Rewrite((entry, content) => entry == name ? zeros : content, level: CompressionLevel.SmallestSize);
            long made = GC.GetAllocatedBytesForCurrentThread() - before;
            string message = Refused(file);
            StringAssert.Contains(message, name);
            StringAssert.Contains(message, "200 times");
            Assert.IsLessThan(made + (32L << 20), GC.GetAllocatedBytesForCurrentThread() - before, "nothing of that size is allocated");
        }
    }

    [TestMethod]
    public void Load_ManifestThatClaimsGiganticEntries_IsRefusedUnread()
    {
        string json = ModelFile.ManifestText();
        int start = json.IndexOf("\"length\":", json.IndexOf("Unlearning/bank.bin", StringComparison.Ordinal), StringComparison.Ordinal);
        int end = json.IndexOfAny([',', '}'], start);
        StringAssert.Contains(Refused(ModelFile.EditManifest(json[start..end], "\"length\":4611686018427387904")), "200 times");
    }

    [TestMethod]
    public void Save_OverAFileInUseOrAFolder_LeavesItAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("taken");
        Directory.CreateDirectory(path);
        using var model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
        Assert.Throws<Exception>(() => Ml.Unlearning.Save(model, Digits.TrainView(Ml).Schema, path));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
        Assert.HasCount(1, Directory.GetDirectories(folder.Path));
    }

    [TestMethod]
    public void Load_StockFile_SaysHowToLoadIt()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("stock.zip");
        var model = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Fit(Digits.TrainView(Ml));
        Ml.Model.Save(model, Digits.TrainView(Ml).Schema, path);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Ml.Unlearning.Load(path, out _)).Message, "ml.Model.Load");
    }

    private static string Refused(byte[] file)
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, file);
        string message = Assert.ThrowsExactly<InvalidDataException>(() => Ml.Unlearning.Load(path, out _)).Message;
        CollectionAssert.AreEqual(file, File.ReadAllBytes(path));
        return message;
    }

    private static string Write(TemporaryFolder folder, byte[] file)
    {
        string path = folder.File("model.zip");
        File.WriteAllBytes(path, file);
        return path;
    }
}
