using MLNetUnlearning.Attribution.Features;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Features;

[TestClass]
public sealed class FeatureStoreTests
{
    private const int Projection = 5;

    /// <summary>Tolerance 1e-5 of the largest entry: the same sums, in one pass over all rows.</summary>
    [TestMethod]
    [DataRow(nameof(FeatureKind.Margin))]
    [DataRow(nameof(FeatureKind.Logits))]
    public void Compute_AllRows_HoldsTheirGradients(string kindName)
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var rows = Digits.Train(300);
        using var models = Models();
        var kind = Enum.Parse<FeatureKind>(kindName);

        using var store = Compute(Path.Combine(folder.Path, "f"), models, rows, kind);

        Assert.AreEqual(300, store.DoneCount);
        CollectionAssert.AreEqual(rows.RowIds.ToArray(), store.RowIds());
        var map = new GradientFeatures(models.Graph, Projection, 1);
        var expected = kind == FeatureKind.Margin
            ? map.OfScalar(models.Member(0), rows.Features, logits => MarginGradient.Of(logits, rows.Labels))
            : map.OfLogits(models.Member(0), rows.Features).Gradients.flatten(1);
        Closeness.Check(expected, store.Read(0, 300), 1e-5 * expected.abs().max().item<float>(), "features");
        Closeness.Check(store.Read(0, 300).slice(0, 130, 137, 1), store.Read(130, 7), 0, "a part");
        var some = new float[9];
        store.Read(131, 4, some);
        CollectionAssert.AreEqual(store.Read(131, 1).slice(1, 4, 13, 1).data<float>().ToArray(), some, "some columns of a row");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => store.Read(131, store.Manifest.Size - 8, some), "Nothing is read past a row's end.");
    }

    [TestMethod]
    public void MarginGradient_AnyLogits_MatchesAutogradOfTheMargin()
    {
        using var scope = NewDisposeScope();
        var logits = randn([6, 4], generator: new Generator(2)).requires_grad_();
        var labels = tensor(new long[] { 0, 1, 2, 3, 0, 1 });
        var index = labels.unsqueeze(1);
        var margin = logits.gather(1, index).squeeze(1).sub(logits.exp().sum(1).sub(logits.gather(1, index).squeeze(1).exp()).log());

        Closeness.Check(autograd.grad([margin.sum()], [logits])[0], MarginGradient.Of(logits.detach(), labels), 1e-6, "gradient");
    }

    [TestMethod]
    [DataRow(1, 3)]
    [DataRow(1000, 1)]
    public void Compute_StoppedHalfwayAndResumedWithAnotherBatchSize_GivesTheSameBits(int resumedBatch, int resumedWorkers)
    {
        using var folder = new TempFolder();
        using var rows = Digits.Train(700);
        using var models = Models();
        string whole = Path.Combine(folder.Path, "whole"), stopped = Path.Combine(folder.Path, "stopped");
        Compute(whole, models, rows, batch: 300, workers: 2).Dispose();
        using (var stop = new CancellationTokenSource())
        {
            var progress = new StopAfter(stop, reports: 2);
            Assert.ThrowsExactly<OperationCanceledException>(() => Compute(stopped, models, rows, batch: 100, workers: 1, progress: progress, cancellation: stop.Token));
        }

        using (var half = FeatureStore.Open(stopped))
        {
            Assert.AreEqual(256, half.DoneCount);
            Assert.ThrowsExactly<InvalidOperationException>(() => half.Read(250, 10));
            Assert.ThrowsExactly<InvalidOperationException>(() => half.Read(256, 0, new float[1]));
        }

        var resumed = new ProgressCount();
        Compute(stopped, models, rows, batch: resumedBatch, workers: resumedWorkers, progress: resumed).Dispose();

        Assert.AreEqual(resumedBatch == 1 ? 4 : 1, resumed.Reports, "Only what was missing is computed.");
        CollectionAssert.AreEqual(File.ReadAllBytes(whole), File.ReadAllBytes(stopped));
    }

    [TestMethod]
    public void Compute_Complete_ComputesNothing()
    {
        using var folder = new TempFolder();
        using var rows = Digits.Train(100);
        using var models = Models();
        string path = Path.Combine(folder.Path, "f");
        Compute(path, models, rows).Dispose();
        var progress = new ProgressCount();

        Compute(path, models, rows, progress: progress).Dispose();

        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void Compute_OtherSettings_NamesTheSetting()
    {
        using var folder = new TempFolder();
        using var rows = Digits.Train(60);
        using var fewer = Digits.Train(59);
        using var relabeled = Digits.Create(Digits.Raw(60).Select((row, i) => i == 7 ? row with { Digit = (row.Digit + 1) % 10 } : row));
        using var repainted = Digits.Create(Digits.Raw(60).Select((row, i) => i == 7 ? row with { Pixels = [.. row.Pixels.Select(pixel => pixel / 2)] } : row));
        using var models = Models();
        using var others = Models(seed: 8);
        using var wider = ModelStack.Initialize(NetworkSpec.Mlp(7).CreateGraph(Digits.Pixels, Digits.Classes), [3]);
        string path = Path.Combine(folder.Path, "f");
        Compute(path, models, rows).Dispose();
        (string Setting, Action Work)[] cases =
        [
            ("Kind", () => Compute(path, models, rows, FeatureKind.Logits)),
            ("ProjectionSize", () => Compute(path, models, rows, projection: 4)),
            ("Seed", () => Compute(path, models, rows, seed: 2)),
            ("WeightsChecksum", () => Compute(path, others, rows)),
            ("Network", () => Compute(path, wider, rows)),
            ("RowCount", () => Compute(path, models, fewer)),
            ($"row {rows.RowIds[7]} ", () => Compute(path, models, relabeled)),
            ($"row {rows.RowIds[7]} ", () => Compute(path, models, repainted)),
        ];
        byte[] before = File.ReadAllBytes(path);
        foreach (var (setting, work) in cases)
        {
            var error = Assert.ThrowsExactly<ArgumentException>(work, setting);
            StringAssert.Contains(error.Message, setting);
            StringAssert.Contains(error.Message, path);
        }

        CollectionAssert.AreEqual(before, File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    /// <summary>Every bit of the head, of a record and of the features counts: one wrong bit anywhere is refused.</summary>
    [TestMethod]
    public void Open_DamagedOrCutFile_IsRefused()
    {
        using var folder = new TempFolder();
        using var rows = Digits.Train(40);
        using var models = Models();
        string path = Path.Combine(folder.Path, "f");
        Compute(path, models, rows).Dispose();
        byte[] good = File.ReadAllBytes(path);
        FeatureStore.Open(path).Dispose();
        int values = good.Length - 40 * 4 * Size(models);
        int[] places = [0, 9, 13, 17, 30, 200, values - 64 - 40 * 24, values - 200, values - 70, values, values + 1000, good.Length - 1];
        foreach (int place in places)
        {
            byte[] bad = [.. good];
            bad[place] ^= 4;
            File.WriteAllBytes(path, bad);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => FeatureStore.Open(path), $"bit at {place}").Message, path);
        }

        foreach (int length in new[] { 0, 10, 24, 100, values, good.Length - 1, good.Length + 1 })
        {
            byte[] bad = [.. good.Concat(new byte[1]).Take(length)];
            File.WriteAllBytes(path, bad);
            Assert.ThrowsExactly<InvalidDataException>(() => FeatureStore.Open(path), $"{length} bytes");
            Assert.ThrowsExactly<InvalidDataException>(() => Compute(path, models, rows), $"{length} bytes");
        }
    }

    [TestMethod]
    public void Remove_SomeRows_LeavesNothingOfThemAndTheRestAsItWas()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var rows = Digits.Train(200);
        using var models = Models();
        int[] gone = [0, 77, 150, 199];
        int[] kept = [.. Enumerable.Range(0, 200).Except(gone)];
        string path = Path.Combine(folder.Path, "f");
        using var store = Compute(path, models, rows);
        var before = store.Read(0, 200);

        store.Remove([.. gone.Select(row => rows.RowIds[row])]);

        Assert.AreEqual(196, store.DoneCount);
        Closeness.Check(before.index_select(0, tensor(kept.Select(row => (long)row).ToArray())), store.Read(0, 196), 0, "features");
        CollectionAssert.AreEqual(kept.Select(row => rows.RowIds[row]).ToArray(), store.RowIds());
        store.Dispose();
        byte[] file = File.ReadAllBytes(path);
        foreach (int row in gone)
        {
            Assert.IsLessThan(0, file.AsSpan().IndexOf(before[row].bytes[..32]), $"features of row {row}");
        }

        // The negative control: what stays is found that way.
        Assert.IsGreaterThan(0, file.AsSpan().IndexOf(before[kept[50]].bytes[..32]));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
        using var left = rows.Without(gone);
        var progress = new ProgressCount();
        Compute(path, models, left, progress: progress).Dispose();
        Assert.AreEqual(0, progress.Reports, "The file is that of the rows that are left.");
    }

    [TestMethod]
    public void Remove_UnknownOrAllRows_IsRefusedAndChangesNothing()
    {
        using var folder = new TempFolder();
        using var rows = Digits.Train(30);
        using var models = Models();
        string path = Path.Combine(folder.Path, "f");
        using var store = Compute(path, models, rows);

        Assert.AreEqual(5L, Assert.ThrowsExactly<RowDataException>(() => store.Remove([5])).RowId);
        Assert.ThrowsExactly<RowDataException>(() => store.Remove([rows.RowIds[0], rows.RowIds[0]]));
        Assert.ThrowsExactly<ArgumentException>(() => store.Remove([.. rows.RowIds]));

        Assert.AreEqual(30, store.DoneCount);
        using var all = store.Read(0, 30);
    }

    [TestMethod]
    public void ComputeAndRead_ManyTimes_LeavesNoTensors()
    {
        using var folder = new TempFolder();
        using var rows = Digits.Train(60);
        using var models = Models();
        int i = 0;

        long left = LiveTensors.LeftBy(
            () =>
            {
                using var store = Compute(Path.Combine(folder.Path, $"f{i++}"), models, rows);
                using var features = store.Read(0, 60);
            },
            times: 5);

        Assert.AreEqual(0, left);
    }

    private static ModelStack Models(ulong seed = 3) => ModelStack.Initialize(NetworkSpec.Mlp(24, 9).CreateGraph(Digits.Pixels, Digits.Classes), [seed]);

    private static int Size(ModelStack models)
    {
        using var map = new GradientFeatures(models.Graph, Projection, 1);
        return map.Size;
    }

    private static FeatureStore Compute(
        string path,
        ModelStack models,
        LabeledRows rows,
        FeatureKind kind = FeatureKind.Margin,
        int projection = Projection,
        ulong seed = 1,
        int batch = 128,
        int workers = 2,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        return GradientFeatureFile.Compute(path, models.Graph, models.Member(0), rows, kind, projection, seed, batch, workers, progress, cancellation);
    }
}
