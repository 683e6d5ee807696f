using MLNetUnlearning.Attribution.Features;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Matrices and the pool's gradients on disk, two files per model, so that a fit that was stopped goes on where it ended.</summary>
internal sealed class GaussNewtonWorkingFolder
{
    /// <summary>Rows between two writes of a matrix, which is large beside the work of fewer.</summary>
    private const int SavedRows = 1024;

    /// <summary>Most rows in one pass. Fixed, because sums round by where they are cut.</summary>
    private const int MaxBlockRows = 128;

    private readonly GaussNewtonEnsemble ensemble;
    private readonly LabeledRows rows;
    private readonly LabeledRows? poolRows;
    private readonly KernelManifest[] manifests;
    private readonly string folder;

    private GaussNewtonWorkingFolder(GaussNewtonEnsemble ensemble, LabeledRows rows, LabeledRows? poolRows)
    {
        (this.ensemble, this.rows, this.poolRows) = (ensemble, rows, poolRows);
        folder = Path.GetFullPath(ensemble.Options.WorkingFolder!);
        string checksum = FeatureChecksums.OfTensors([rows.Features, rows.Labels]);
        manifests = [.. Enumerable.Range(0, ensemble.Count).Select(model =>
        {
            using var map = ensemble.Features(model);
            var features = new FeatureManifest(
                ensemble.Graph.Spec.ToJson(),
                ensemble.Graph.InputSize,
                ensemble.Graph.OutputSize,
                FeatureKind.Factors,
                ensemble.Options.ProjectionSize,
                ensemble.Seed(model),
                FeatureChecksums.OfTensors(ensemble.Weights(model)),
                rows.Count,
                FeatureChecksums.OfRowIds(rows.RowIds),
                Math.Min(map.RowsPerPass, MaxBlockRows),
                map.Size);
            return new KernelManifest(features, ensemble.Options.Loss, ensemble.Options.CurvatureFloor, checksum);
        })];
    }

    /// <summary>Opens a folder, or creates it; refuses one of other settings, models or rows before anything is written to it.</summary>
    /// <param name="ensemble">The models, whose options name the folder.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="poolRows">The rows of the pool; null if there is none.</param>
    /// <exception cref="ArgumentException">Names the first difference.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static GaussNewtonWorkingFolder Open(GaussNewtonEnsemble ensemble, LabeledRows rows, LabeledRows? poolRows)
    {
        using var scope = NewDisposeScope();
        var result = new GaussNewtonWorkingFolder(ensemble, rows, poolRows);
        for (int model = 0; model < ensemble.Count; model++)
        {
            if (File.Exists(result.KernelPath(model)))
            {
                KernelFile.Read(result.KernelPath(model), result.manifests[model]).Kernel.Dispose();
            }

            if (poolRows is not null)
            {
                GradientFeatureFile.Check(result.PoolPath(model), ensemble.Graph, ensemble.Weights(model), poolRows, FeatureKind.Factors, ensemble.Options.ProjectionSize, ensemble.Seed(model));
            }
        }

        Directory.CreateDirectory(result.folder);
        return result;
    }

    /// <summary>Gauss-Newton matrix of all rows, [size, size]: the same bits however often it was stopped, and whatever the batch size. In the current dispose scope.</summary>
    public Tensor Kernel(int model, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Features(model);
        int block = manifests[model].Features.BlockRows, done = 0;
        var kernel = zeros(map.Size, map.Size);
        if (File.Exists(KernelPath(model)))
        {
            (done, var begun) = KernelFile.Read(KernelPath(model), manifests[model]);
            using (begun)
            {
                kernel.copy_(begun);
            }
        }

        while (done < rows.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int next = Math.Min(done + ((SavedRows + block - 1) / block * block), rows.Count);
            for (int start = done; start < next; start += block)
            {
                using var part = NewDisposeScope();
                // Copied, so that the rows start at an aligned address wherever they lie: the last bits of matrix products depend on it.
                ensemble.AddCurvature(kernel, model, map, rows.Features.slice(0, start, Math.Min(start + block, next), 1).clone(), block, cancellationToken);
            }

            done = next;
            KernelFile.Write(KernelPath(model), manifests[model], done, kernel);
            progress?.Report(new("computing curvature", done, rows.Count));
        }

        return GaussNewtonEnsemble.Mirrored(kernel).MoveToOuterDisposeScope();
    }

    /// <summary>Gradients of the pool's rows; null if there is no pool.</summary>
    public IPoolGradients? Pool(int model, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        if (poolRows is null)
        {
            return null;
        }

        var options = ensemble.Options;
        var store = GradientFeatureFile.Compute(
            PoolPath(model), ensemble.Graph, ensemble.Weights(model), poolRows, FeatureKind.Factors, options.ProjectionSize, ensemble.Seed(model), options.BatchSize, maxWorkers: 1, progress, cancellationToken);
        return new StoredPoolGradients(store, PoolPath(model));
    }

    /// <summary>Removes the matrices, which a finished fit no longer needs; the pool's gradients and other files of the folder stay.</summary>
    public void Clear()
    {
        for (int model = 0; model < ensemble.Count; model++)
        {
            File.Delete(KernelPath(model));
        }
    }

    private string KernelPath(int model) => Path.Combine(folder, FormattableString.Invariant($"gauss-newton-{model}.kernel"));

    private string PoolPath(int model) => Path.Combine(folder, FormattableString.Invariant($"gauss-newton-{model}.features"));
}
