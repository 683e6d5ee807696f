using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>TRAK with its kernels computed. Features of rows are not kept: every question streams the rows that it needs through the models again.</summary>
internal sealed class FittedTrak : IStoredAttributor, IRowInfluence
{
    private readonly TrakEnsemble ensemble;
    private readonly Tensor[] kernels;
    private readonly Tensor doubts;

    /// <param name="ensemble">The models.</param>
    /// <param name="kernels">Kernel of each model over all rows, without ridge, [size, size]; taken over.</param>
    /// <param name="doubts">Mean over members of 1 − p, [checkpoints, rows]; taken over.</param>
    public FittedTrak(TrakEnsemble ensemble, Tensor[] kernels, Tensor doubts)
    {
        this.ensemble = ensemble;
        this.kernels = kernels;
        this.doubts = doubts;
    }

    /// <summary>Kernel of each model over all rows, without ridge; they belong to this object.</summary>
    public IReadOnlyList<Tensor> Kernels => kernels;

    /// <summary>Mean over members of 1 − p, [checkpoints, rows]; it belongs to this object.</summary>
    public Tensor Doubts => doubts;

    public int RowCount => (int)doubts.shape[1];

    IAttributorOptions IStoredAttributor.Options => Options;

    private TrakOptions Options => ensemble.Options;

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(TrakOptions options, ModelBank bank, long[] rowIds)
    {
        var ensemble = TrakEnsemble.Create(bank, options);
        using var map = ensemble.Map(0);
        return new(
            [.. Enumerable.Repeat(TensorShape.Single(map.Size, map.Size), ensemble.Count), TensorShape.Single(ensemble.Checkpoints, rowIds.Length)],
            tensors => new FittedTrak(ensemble, tensors[..^1], tensors[^1]));
    }

    public IReadOnlyList<Tensor> State() => [.. kernels, doubts];

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, progress, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var index = IndexOf(rows, forgetRowIds);
        Tensor features = rows.Features.index_select(0, index), labels = rows.Labels.index_select(0, index), doubt = doubts.index_select(1, index);
        return new SolvedTrak(ensemble, doubt, Workers.Collect(ensemble.Count, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            using var map = ensemble.Map(model);
            var own = Features(map, ensemble.Weights(model), features, labels, cancellationToken).t();
            // Where single rows are shrunk, each needs its own step; where not, their sum is one step.
            return Solve(model, Options.SoftThreshold > 0 ? own : own.mv(doubt[ensemble.CheckpointOf(model)]).unsqueeze(1)).DetachFromDisposeScope();
        }));
    }

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckRows(rows);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return ensemble.Shrink(ensemble.Average([targets.shape[0], RowCount], doubts, model => MarginInfluence(model, rows, targets, labels, cancellationToken), "attributing rows", progress)).DetachFromDisposeScope();
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var index = IndexOf(rows, forgetRowIds);
        Tensor features = rows.Features.index_select(0, index), labels = rows.Labels.index_select(0, index);
        var left = new Tensor[kernels.Length];
        Workers.Run(left.Length, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            left[model] = kernels[model].sub(ensemble.Accumulate(model, features, labels, CancellationToken.None).Kernel).DetachFromDisposeScope();
        });
        var keep = ones(RowCount, ScalarType.Bool).index_fill_(0, index, false).nonzero().squeeze(1);
        return new FittedTrak(ensemble, left, doubts.index_select(1, keep).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        foreach (var kernel in kernels)
        {
            kernel.Dispose();
        }

        doubts.Dispose();
    }

    private void CheckRows(LabeledRows rows)
    {
        if (rows.Count != RowCount)
        {
            throw new ArgumentException($"The attribution covers {RowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }
    }

    private Tensor IndexOf(LabeledRows rows, IReadOnlyList<long> ids)
    {
        CheckRows(rows);
        return tensor(rows.IndexesOf(ids).Select(i => (long)i).ToArray());
    }

    /// <summary>φ(z)ᵀ(K + λI)⁻¹φ(z_i) of every target and row, [targets, rows].</summary>
    private Tensor MarginInfluence(int model, LabeledRows rows, Tensor targets, Tensor labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Map(model);
        var weights = ensemble.Weights(model);
        var targetFeatures = zeros(targets.shape[0], map.Size);
        ensemble.Stream(map, weights, targets, labels, (start, gradients, _) => targetFeatures.slice(0, start, start + gradients.shape[0], 1).copy_(gradients), cancellationToken);
        var solved = Solve(model, targetFeatures.t());
        var result = zeros(targets.shape[0], rows.Count);
        ensemble.Stream(map, weights, rows.Features, rows.Labels, (start, gradients, _) => result.slice(1, start, start + gradients.shape[0], 1).copy_(gradients.mm(solved).t()), cancellationToken);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Features of a few rows, [rows, size].</summary>
    private Tensor Features(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels, CancellationToken cancellationToken)
    {
        var result = zeros(features.shape[0], map.Size);
        ensemble.Stream(map, weights, features, labels, (start, gradients, _) => result.slice(0, start, start + gradients.shape[0], 1).copy_(gradients), cancellationToken);
        return result;
    }

    /// <summary>(K + λI)⁻¹ b. The solve is small beside the gradients; double precision keeps it out of the error budget.</summary>
    private Tensor Solve(int model, Tensor b)
    {
        using var scope = NewDisposeScope();
        var matrix = kernels[model].to_type(ScalarType.Float64, copy: true);
        double trace = matrix.trace().item<double>();
        matrix.diagonal().add_(Options.Ridge * trace / Math.Min(matrix.shape[0], RowCount));
        var (factor, info) = linalg.cholesky_ex(matrix);
        if (!(trace > 0) || info.item<int>() != 0)
        {
            throw new InvalidOperationException(
                $"The kernel of model {model} is singular even with ridge {Options.Ridge}: every row's gradient is zero, or the model's outputs are not finite. Leave out members whose training diverged, or raise Ridge.");
        }

        return cholesky_solve(b.to_type(ScalarType.Float64), factor).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
