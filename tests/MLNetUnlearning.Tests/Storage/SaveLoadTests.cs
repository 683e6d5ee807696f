using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Storage;

[TestClass]
public sealed class SaveLoadTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
    private static readonly long[] Forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];

    [TestMethod]
    public void Load_SavedModel_ScoresWithTheSameBits()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder, Model);
        var loaded = Ml.Unlearning.Load(path, out var schema);
        using var owner = (IDisposable)loaded;
        CollectionAssert.AreEqual(Digits.TrainView(Ml).Schema.Select(column => column.Name).ToArray(), schema.Select(column => column.Name).ToArray());
        Views.AreEqual(Model.Scores(Digits.TestView(Ml)), loaded.Scores(Digits.TestView(Ml)));
        var output = loaded.Transform(Digits.TestView(Ml)).Schema;
        CollectionAssert.AreEqual(Model.GetOutputSchema(Digits.TrainView(Ml).Schema)["PredictedLabel"].Texts("KeyValues"), output["PredictedLabel"].Texts("KeyValues"));
        CollectionAssert.AreEqual(new[] { Path.GetFileName(path) }, Directory.GetFiles(folder.Path).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public void Load_ThenUnlearn_GivesSameBitsAsTheModelInMemory()
    {
        using var folder = new TemporaryFolder();
        long[] more = [.. Digits.Train.Where(row => row.Digit == "d5").Take(4).Select(row => row.RowId)];
        using var once = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget, seed: 3);
        var loaded = Ml.Unlearning.Load(Save(folder, once), out _);
        using var owner = (IDisposable)loaded;
        using var twice = once.Unlearn(Ml, Digits.TrainView(Ml), more, seed: 4);
        var twiceLoaded = loaded.Unlearn(Ml, Digits.TrainView(Ml), more, seed: 4);
        using var twiceOwner = (IDisposable)twiceLoaded;
        Views.AreEqual(once.Scores(Digits.TestView(Ml)), loaded.Scores(Digits.TestView(Ml)));
        Views.AreEqual(twice.Scores(Digits.TestView(Ml)), twiceLoaded.Scores(Digits.TestView(Ml)));
    }

    [TestMethod]
    public void Save_AfterUnlearning_HoldsNoForgottenId()
    {
        // Ids that cannot be in the file by chance.
        const long Offset = 0x1234_5678_9ABC_0000;
        var rows = Digits.Train.Select(row => new DigitRow { RowId = row.RowId + Offset, Pixels = row.Pixels, Digit = row.Digit }).ToArray();
        long[] forget = [.. Forget.Select(id => id + Offset)];
        using var folder = new TemporaryFolder();
        using var model = Digits.Pipeline(Ml).Fit(Ml.Data.LoadFromEnumerable(rows));
        using var unlearned = model.Unlearn(Ml, Ml.Data.LoadFromEnumerable(rows), forget);
        byte[][] before = Entries(Save(folder, model)), after = Entries(Save(folder, unlearned));
        Assert.IsTrue(forget.All(id => Holds(before, id)));
        Assert.IsFalse(forget.Any(id => Holds(after, id)));
        Assert.IsTrue(Holds(after, rows.Select(row => row.RowId).Except(forget).First()));
    }

    [TestMethod]
    public void Save_ThenStockLoad_ScoresAlike()
    {
        // Another runtime computes: ONNX Runtime sums in another order than libtorch.
        const float Tolerance = 1e-5f;
        using var folder = new TemporaryFolder();
        string plain = folder.File("plain.zip");
        Ml.Model.Save(Model, Digits.TrainView(Ml).Schema, plain);
        foreach (string path in new[] { plain, Save(folder, Model) })
        {
            var loaded = new MLContext().Model.Load(path, out _);
            using var owner = (IDisposable)loaded;
            Assert.IsEmpty(((TransformerChain<ITransformer>)loaded).OfType<NeuralNetworkTransformer>());
            Views.AreEqual(Model.Scores(Digits.TestView(Ml)), loaded.Scores(Digits.TestView(Ml)), Tolerance);
            var expected = Ml.MulticlassClassification.Evaluate(Model.Transform(Digits.TestView(Ml)));
            var actual = Ml.MulticlassClassification.Evaluate(loaded.Transform(Digits.TestView(Ml)));
            Assert.AreEqual(expected.MicroAccuracy, actual.MicroAccuracy);
            Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-4);
        }
    }

    [TestMethod]
    public void Save_StepAlone_LoadsAsStep()
    {
        using var folder = new TemporaryFolder();
        var prefix = new TransformerChain<ITransformer>(Model.First(), Model.ElementAt(1));
        var step = Model.OfType<NeuralNetworkTransformer>().Single();
        string path = folder.File("step.zip");
        Ml.Unlearning.Save(step, prefix.Transform(Digits.TrainView(Ml)).Schema, path);
        var loaded = Ml.Unlearning.Load(path, out _);
        using var owner = (IDisposable)loaded;
        Views.AreEqual(step.Scores(prefix.Transform(Digits.TestView(Ml))), loaded.Scores(prefix.Transform(Digits.TestView(Ml))));
    }

    [TestMethod]
    public void Save_ModelThatCannotUnlearn_WritesNothing()
    {
        using var folder = new TemporaryFolder();
        using var model = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));
        Assert.ThrowsExactly<InvalidOperationException>(() => Save(folder, model));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Save_Fails_LeavesOlderFile()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder, Model);
        byte[] before = File.ReadAllBytes(path);
        var disposed = Model.Unlearn(Ml, Digits.TrainView(Ml), Forget);
        disposed.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => Ml.Unlearning.Save(disposed, Digits.TrainView(Ml).Schema, path));
        CollectionAssert.AreEqual(before, File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    private static string Save(TemporaryFolder folder, ITransformer model)
    {
        string path = folder.File("model.zip");
        Ml.Unlearning.Save(model, Digits.TrainView(Ml).Schema, path);
        return path;
    }

    private static byte[][] Entries(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return
        [
            .. zip.Entries.Select(entry =>
            {
                using var stream = entry.Open();
                using var content = new MemoryStream();
                stream.CopyTo(content);
                return content.ToArray();
            }),
        ];
    }

    private static bool Holds(byte[][] entries, long id)
    {
        byte[] bytes = BitConverter.GetBytes(id);
        byte[] text = Encoding.UTF8.GetBytes(id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return entries.Any(entry => entry.AsSpan().IndexOf(bytes) >= 0 || entry.AsSpan().IndexOf(text) >= 0);
    }
}
