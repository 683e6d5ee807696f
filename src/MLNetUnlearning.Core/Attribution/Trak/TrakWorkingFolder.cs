using MLNetUnlearning.Attribution.Features;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Kernels from gradients that lie on disk, one file per model, so that a fit that was stopped goes on where it ended.</summary>
internal static class TrakWorkingFolder
{
    /// <summary>Rows in memory at a time. Fixed, because sums round by where they are cut.</summary>
    private const int BlockRows = 1024;

    /// <summary>Refuses a folder of other settings, models or rows before anything is written to it.</summary>
    /// <exception cref="ArgumentException">Names the first difference.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static void Check(TrakEnsemble ensemble, LabeledRows rows)
    {
        for (int model = 0; ensemble.Options.WorkingFolder is not null && model < ensemble.Count; model++)
        {
            GradientFeatureFile.Check(PathOf(ensemble.Options, model), ensemble.Graph, ensemble.Weights(model), rows, Kind(ensemble.Options), ensemble.Options.ProjectionSize, Seed(ensemble.Options, model));
        }
    }

    /// <summary>Kernel of rows, [size, size], and the residual of each gradient, [gradients]: the same as <see cref="TrakEnsemble.Accumulate"/> up to rounding, and the same bits however often it was stopped.</summary>
    /// <exception cref="ArgumentException">The folder holds gradients of other settings, models or rows; names the first difference.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static (Tensor Kernel, Tensor Residual) Accumulate(TrakEnsemble ensemble, int model, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var options = ensemble.Options;
        var weights = ensemble.Weights(model);
        Directory.CreateDirectory(options.WorkingFolder!);
        using var store = GradientFeatureFile.Compute(
            PathOf(options, model), ensemble.Graph, weights, rows, Kind(options), options.ProjectionSize, Seed(options, model), options.BatchSize, maxWorkers: 1, progress, cancellationToken);
        int perRow = ensemble.GradientsPerRow;
        long size = store.Manifest.Size / perRow;
        var kernel = zeros(size, size);
        var residuals = zeros(rows.Count * (long)perRow);
        for (int start = 0; start < rows.Count; start += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            int end = Math.Min(start + BlockRows, rows.Count);
            var outputs = ensemble.Graph.Forward(weights, rows.Features.slice(0, start, end, 1).clone(), stacked: false, training: false);
            var residual = ensemble.Residual(outputs, rows.Labels.slice(0, start, end, 1));
            residuals.slice(0, start * (long)perRow, end * (long)perRow, 1).copy_(residual);
            var root = ensemble.Curved(store.Read(start, end - start).view(-1, size), residual);
            kernel.addmm_(root.t(), root, 1, 1);
        }

        return (kernel.MoveToOuterDisposeScope(), residuals.MoveToOuterDisposeScope());
    }

    /// <summary>Removes what a finished fit no longer needs; other files of the folder stay.</summary>
    public static void Clear(TrakEnsemble ensemble)
    {
        for (int model = 0; ensemble.Options.WorkingFolder is not null && model < ensemble.Count; model++)
        {
            File.Delete(PathOf(ensemble.Options, model));
        }
    }

    private static FeatureKind Kind(TrakOptions options) => options.Loss == TrainingLoss.CrossEntropy ? FeatureKind.Margin : FeatureKind.Logits;

    private static ulong Seed(TrakOptions options, int model) => StableRandom.Mix(options.Seed, StableRandom.Projection, (ulong)model);

    private static string PathOf(TrakOptions options, int model) => Path.Combine(options.WorkingFolder!, FormattableString.Invariant($"trak-{model}.features"));
}
