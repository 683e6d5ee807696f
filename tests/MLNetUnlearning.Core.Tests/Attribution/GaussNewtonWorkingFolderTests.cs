using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Features;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class GaussNewtonWorkingFolderTests
{
    private const int PoolRows = 300;

    private static readonly LabeledRows Rows = Digits.Train(1200);
    private static readonly ModelBank Bank = Banks.Trained(Rows, fullMembers: 2, epochs: 2, 10);
    private static readonly long[] Forget = [.. new[] { 3, 10, 11, 500, 901 }.Select(row => Rows.RowIds[row])];

    /// <summary>A stop in the middle of the first matrix, between two matrices, and in the middle of a pool.</summary>
    [TestMethod]
    [DataRow(1, 0.0)]
    [DataRow(1, 0.01)]
    [DataRow(3, 0.01)]
    [DataRow(7, 0.0)]
    public void Fit_StoppedAndResumedWithOtherBatchesAndWorkers_GivesTheSameBits(int reports, double floor)
    {
        using var folder = new TempFolder();
        using var whole = Fit(Options(Path.Combine(folder.Path, "whole"), floor: floor));
        string stopped = Path.Combine(folder.Path, "stopped");
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(stopped, workers: 1, floor: floor), new StopAfter(stop, reports), stop.Token));
        }

        Assert.IsNotEmpty(Directory.GetFiles(stopped), "what is done stays");
        using var resumed = Fit(Options(stopped, batch: 500, workers: 3, floor: floor));

        Assert.AreEqual(Bits.Of([.. whole.Kernels]), Bits.Of([.. resumed.Kernels]));
        CollectionAssert.AreEqual(whole.Pool.RowIds.ToArray(), resumed.Pool.RowIds.ToArray());
        // Targets that are read from the folder, because passes over others are cut by the batch size.
        using var pool = Rows.Select(Rows.IndexesOf(whole.Pool.RowIds));
        Assert.AreEqual(Bits.Of([Predict(whole, pool)]), Bits.Of([Predict(resumed, pool)]));
    }

    [TestMethod]
    public void Fit_Resumed_DoesOnlyWhatIsMissing()
    {
        using var folder = new TempFolder();
        var whole = new ProgressCount();
        using (Fit(Options(Path.Combine(folder.Path, "whole"), workers: 1), whole))
        {
        }

        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(folder.Path, workers: 1), new StopAfter(stop, reports: 3), stop.Token));
        }

        var rest = new ProgressCount();
        using var resumed = Fit(Options(folder.Path, workers: 1), rest);

        Assert.AreEqual(whole.Reports - 3, rest.Reports, "a report for each part");
    }

    /// <summary>The same sums in another order, and the same gradients from disk and from memory. Tolerances 1e-5 and 1e-4 of the largest entry.</summary>
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.01)]
    public void Fit_WithFolder_IsThatWithoutUpToRounding(double floor)
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var with = Fit(Options(folder.Path, floor: floor));
        using var without = Fit(Options(null, floor: floor));
        for (int model = 0; model < with.Kernels.Count; model++)
        {
            Closeness.Check(without.Kernels[model], with.Kernels[model], 1e-5 * without.Kernels[model].abs().max().item<float>(), "kernel");
        }

        CollectionAssert.AreEqual(without.Pool.RowIds.ToArray(), with.Pool.RowIds.ToArray());
        Assert.HasCount(PoolRows, with.Pool.RowIds);
        Assert.IsLessThan(without.Bytes, with.Bytes, "gradients are not held in memory");
        Assert.IsGreaterThan(without.Bytes - with.Bytes, with.DiskBytes);
        var expected = Predict(without, Rows);
        Closeness.Check(expected, Predict(with, Rows), 1e-4 * expected.abs().max().item<float>(), "change");
    }

    [TestMethod]
    public void Dispose_OfAllFromAFolder_LeavesItEmpty()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        var all = Fit(Options(folder.Path));
        int models = all.Kernels.Count;
        Assert.HasCount(models, Directory.GetFiles(folder.Path), "matrices are removed, gradients of the pool stay for requests");

        var without = (FittedGaussNewtonInfluence)all.Without(Rows, [.. Forget.Union([all.Pool.RowIds[0], all.Pool.RowIds[7]])]);
        Assert.HasCount(2 * models, Directory.GetFiles(folder.Path));
        all.Dispose();
        Assert.HasCount(models, Directory.GetFiles(folder.Path));
        Assert.IsLessThanOrEqualTo(PoolRows - 2, without.Pool.RowIds.Count);
        Assert.AreEqual(without.Pool.RowIds.Count, (int)without.Pool.PlaceOf(without.Pool.RowIds[^1])! + 1);
        without.Dispose();

        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    /// <summary>Tolerance 1e-3 of the largest entry: one matrix is a sum of float32 terms with some taken out again.</summary>
    [TestMethod]
    public void Without_RowsOfThePool_PredictsAsAFitOnTheRest()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var all = Fit(Options(folder.Path));
        long[] others = [.. Rows.RowIds.Except(all.Pool.RowIds)];
        long[] leaving = [.. all.Pool.RowIds.Take(4), others[0]];
        using var left = Rows.Without(Rows.IndexesOf(leaving));
        using var fresh = (FittedGaussNewtonInfluence)new GaussNewtonInfluence(Options(null)).Fit(Bank, left);

        using var without = (FittedGaussNewtonInfluence)all.Without(Rows, leaving);

        long[] forget = [.. all.Pool.RowIds.Skip(4).Take(2), others[1]];
        var expected = Predict(fresh, left, forget, left);
        Closeness.Check(expected, Predict(without, left, forget, left), 1e-3 * expected.abs().max().item<float>(), "change");
    }

    [TestMethod]
    public void Fit_FolderOfOtherSettingsOrRows_IsRefusedAndLeft()
    {
        using var folder = new TempFolder();
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(folder.Path, workers: 1), new StopAfter(stop, reports: 1), stop.Token));
        }

        string file = Directory.GetFiles(folder.Path).Single();
        byte[] before = File.ReadAllBytes(file);
        using var fewer = Digits.Train(1199);
        using var changed = Digits.Train(1200);
        changed.Features.slice(0, 700, 701, 1).add_(Held(0.5f), Held(1));
        using var others = Banks.Trained(Rows, fullMembers: 2, epochs: 3, 10);
        (string Setting, Action Work)[] cases =
        [
            ("ProjectionSize", () => new GaussNewtonInfluence(new() { WorkingFolder = folder.Path, ProjectionSize = 5 }).Fit(Bank, Rows)),
            ("Seed", () => new GaussNewtonInfluence(new() { WorkingFolder = folder.Path, ProjectionSize = 4, Seed = 9 }).Fit(Bank, Rows)),
            ("CurvatureFloor", () => new GaussNewtonInfluence(new() { WorkingFolder = folder.Path, ProjectionSize = 4, CurvatureFloor = 0.25 }).Fit(Bank, Rows)),
            ("RowCount", () => new GaussNewtonInfluence(Options(folder.Path)).Fit(Bank, fewer)),
            ("RowsChecksum", () => new GaussNewtonInfluence(Options(folder.Path)).Fit(Bank, changed)),
            ("WeightsChecksum", () => new GaussNewtonInfluence(Options(folder.Path)).Fit(others, Rows)),
        ];
        foreach (var (setting, work) in cases)
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(work, setting).Message, setting);
            CollectionAssert.AreEqual(before, File.ReadAllBytes(file));
            Assert.HasCount(1, Directory.GetFiles(folder.Path));
        }
    }

    [TestMethod]
    public void Fit_DamagedMatrix_IsRefusedByName()
    {
        using var folder = new TempFolder();
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(folder.Path, workers: 1), new StopAfter(stop, reports: 1), stop.Token));
        }

        string file = Directory.GetFiles(folder.Path).Single();
        byte[] good = File.ReadAllBytes(file);
        foreach (int at in new[] { 0, 9, 17, 60, good.Length / 2, good.Length - 1 })
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            File.WriteAllBytes(file, bad);
            var error = Assert.Throws<Exception>(() => Fit(Options(folder.Path)));
            StringAssert.Contains(error.Message, file);
            CollectionAssert.AreEqual(bad, File.ReadAllBytes(file));
        }

        File.WriteAllBytes(file, good[..^5]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidDataException>(() => Fit(Options(folder.Path))).Message, "Delete it");
        File.WriteAllBytes(file, [.. good, 0]);
        Assert.ThrowsExactly<InvalidDataException>(() => Fit(Options(folder.Path)));
    }

    [TestMethod]
    public void Fit_StoppedOrWhole_LeavesNoTensors()
    {
        using var folder = new TempFolder();
        int run = 0;
        long left = LiveTensors.LeftBy(
            () =>
            {
                string path = Path.Combine(folder.Path, $"{run++}");
                using var stop = new CancellationTokenSource();
                Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(path, workers: 1), new StopAfter(stop, reports: 7), stop.Token));
                using var fitted = Fit(Options(path));
                Predict(fitted, Rows).Dispose();
                fitted.Without(Rows, Forget).Dispose();
            },
            times: 2);
        Assert.AreEqual(0, left);
    }

    [TestMethod]
    public void Constructor_EmptyFolderName_IsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new GaussNewtonInfluence(new() { WorkingFolder = " " })).Message, "WorkingFolder");

    /// <summary>With room for inverses and for the gradients of some rows.</summary>
    private static GaussNewtonInfluenceOptions Options(string? folder, int batch = 128, int workers = 2, double floor = 0)
    {
        var ensemble = GaussNewtonEnsemble.Create(Bank, new() { ProjectionSize = 4 });
        return new()
        {
            ProjectionSize = 4,
            WorkingFolder = folder,
            BatchSize = batch,
            MaxWorkers = workers,
            CurvatureFloor = floor,
            MaxCacheBytes = ensemble.Count * ((8L * ensemble.FeatureSize * ensemble.FeatureSize) + (PoolRows * ensemble.BytesPerRow)),
        };
    }

    private static FittedGaussNewtonInfluence Fit(GaussNewtonInfluenceOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (FittedGaussNewtonInfluence)new GaussNewtonInfluence(options).Fit(Bank, Rows, progress, cancellationToken);

    private static Tensor Predict(FittedGaussNewtonInfluence fitted, LabeledRows targets, IReadOnlyList<long>? forget = null, LabeledRows? rows = null) => fitted.Predict(new AttributionRequest
    {
        Rows = rows ?? Rows,
        ForgetRowIds = forget ?? Forget,
        Targets = targets.Features,
        TargetRowIds = [.. targets.RowIds.Select(id => (long?)id)],
    }).Values;
}
