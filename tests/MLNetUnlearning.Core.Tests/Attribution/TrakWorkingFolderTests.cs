using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Features;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class TrakWorkingFolderTests
{
    private static readonly LabeledRows Rows = Digits.Train(600);
    private static readonly ModelBank Bank = Banks.Trained(Rows, fullMembers: 2, epochs: 2, 10);

    [TestMethod]
    public void Fit_StoppedAndResumedWithOtherBatchesAndWorkers_GivesTheSameBits()
    {
        using var folder = new TempFolder();
        using var whole = Fit(Options(Path.Combine(folder.Path, "whole")));
        string stopped = Path.Combine(folder.Path, "stopped");
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(stopped, workers: 1), new StopAfter(stop, reports: 6), stop.Token));
        }

        Assert.IsGreaterThan(1, Directory.GetFiles(stopped).Length, "a whole model and a part of another are there");
        var reports = new ProgressCount();
        using var resumed = Fit(Options(stopped, batch: 500, workers: 3), reports);

        Assert.AreEqual(Bits.Of([.. whole.Kernels, whole.Residuals]), Bits.Of([.. resumed.Kernels, resumed.Residuals]));
        Assert.IsEmpty(Directory.GetFiles(stopped), "what is computed from single rows is removed");
        Assert.IsEmpty(Directory.GetFiles(Path.Combine(folder.Path, "whole")));
    }

    /// <summary>The same sums in another order.</summary>
    [TestMethod]
    public void Fit_WithFolder_IsThatWithoutUpToRounding()
    {
        using var folder = new TempFolder();
        foreach (var kernel in new[] { TrakKernel.Unweighted, TrakKernel.GaussNewton })
        {
            using var with = Fit(Options(folder.Path, kernel: kernel));
            using var without = Fit(Options(null, kernel: kernel));
            for (int model = 0; model < with.Kernels.Count; model++)
            {
                Closeness.Check(without.Kernels[model], with.Kernels[model], 1e-5 * without.Kernels[model].abs().max().item<float>(), "kernel");
            }

            Closeness.Check(without.Residuals, with.Residuals, 1e-5, "residuals");
        }
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
        using var fewer = Digits.Train(599);
        using var others = Banks.Trained(Rows, fullMembers: 2, epochs: 3, 10);
        (string Setting, Action Work)[] cases =
        [
            ("ProjectionSize", () => new Trak(new() { WorkingFolder = folder.Path, ProjectionSize = 5 }).Fit(Bank, Rows)),
            ("Seed", () => new Trak(new() { WorkingFolder = folder.Path, ProjectionSize = 4, Seed = 9 }).Fit(Bank, Rows)),
            ("RowCount", () => new Trak(new() { WorkingFolder = folder.Path, ProjectionSize = 4 }).Fit(Bank, fewer)),
            ("WeightsChecksum", () => new Trak(new() { WorkingFolder = folder.Path, ProjectionSize = 4 }).Fit(others, Rows)),
        ];
        foreach (var (setting, work) in cases)
        {
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(work, setting).Message, setting);
            CollectionAssert.AreEqual(before, File.ReadAllBytes(file));
            Assert.HasCount(1, Directory.GetFiles(folder.Path));
        }
    }

    [TestMethod]
    public void Fit_Stopped_LeavesNoTensors()
    {
        using var folder = new TempFolder();
        int run = 0;
        long left = LiveTensors.LeftBy(
            () =>
            {
                using var stop = new CancellationTokenSource();
                Assert.ThrowsExactly<OperationCanceledException>(() => Fit(Options(Path.Combine(folder.Path, $"{run++}"), workers: 1), new StopAfter(stop, reports: 7), stop.Token));
            },
            times: 3);
        Assert.AreEqual(0, left);
    }

    private static TrakOptions Options(string? folder, int batch = 128, int workers = 2, TrakKernel kernel = TrakKernel.GaussNewton) =>
        new() { ProjectionSize = 4, WorkingFolder = folder, BatchSize = batch, MaxWorkers = workers, Kernel = kernel };

    private static FittedTrak Fit(TrakOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (FittedTrak)new Trak(options).Fit(Bank, Rows, progress, cancellationToken);
}
