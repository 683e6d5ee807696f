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
    private readonly Tensor residuals;

    /// <param name="ensemble">The models.</param>
    /// <param name="kernels">Kernel of each model over all rows, without ridge, [size, size]; taken over.</param>
    /// <param name="residuals">Mean over members of 1 − p, or of label less output, [checkpoints, gradients]; taken over.</param>
    public FittedTrak(TrakEnsemble ensemble, Tensor[] kernels, Tensor residuals)
    {
        this.ensemble = ensemble;
        this.kernels = kernels;
        this.residuals = residuals;
    }

    /// <summary>Kernel of each model over all rows, without ridge; they belong to this object.</summary>
    public IReadOnlyList<Tensor> Kernels => kernels;

    /// <summary>Mean over members of 1 − p, or of label less output, [checkpoints, gradients]; it belongs to this object.</summary>
    public Tensor Residuals => residuals;

    public int RowCount => (int)(residuals.shape[1] / ensemble.GradientsPerRow);

    IAttributorOptions IStoredAttributor.Options => Options;

    private TrakOptions Options => ensemble.Options;

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(TrakOptions options, ModelBank bank, long[] rowIds)
    {
        var ensemble = TrakEnsemble.Create(bank, options);
        using var map = ensemble.Map(0);
        return new(
            [.. Enumerable.Repeat(TensorShape.Single(map.Size, map.Size), ensemble.Count), TensorShape.Single(ensemble.Checkpoints, rowIds.Length * (long)ensemble.GradientsPerRow)],
            tensors => new FittedTrak(ensemble, tensors[..^1], tensors[^1]));
    }

    public IReadOnlyList<Tensor> State() => [.. kernels, residuals];

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
        Tensor features = rows.Features.index_select(0, index), labels = rows.Labels.index_select(0, index), residual = ensemble.ResidualsOf(residuals, index);
        return new SolvedTrak(ensemble, residual, Workers.Collect(ensemble.Count, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            using var map = ensemble.Map(model);
            var own = Features(map, ensemble.Weights(model), features, labels, cancellationToken).t();
            // Where single rows are shrunk, each gradient needs its own step; where not, their sum is one step.
            return Solve(model, Options.SoftThreshold > 0 ? own : own.mv(residual[ensemble.CheckpointOf(model)]).unsqueeze(1)).DetachFromDisposeScope();
        }));
    }

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckRows(rows);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var scores = ensemble.Average([targets.shape[0], residuals.shape[1]], residuals, model => TargetInfluence(model, rows, targets, labels, cancellationToken), "attributing rows", progress);
        return ensemble.Shrink(ensemble.SumOfRows(scores)).DetachFromDisposeScope();
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
        var keep = ones(RowCount, ScalarType.Bool).index_fill_(0, index, Held(false)).nonzero().squeeze(1);
        return new FittedTrak(ensemble, left, ensemble.ResidualsOf(residuals, keep).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        foreach (var kernel in kernels)
        {
            kernel.Dispose();
        }

        residuals.Dispose();
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

    /// <summary>φ(z)ᵀ(K + λI)⁻¹φ(z_i) of every target and gradient, [targets, gradients].</summary>
    private Tensor TargetInfluence(int model, LabeledRows rows, Tensor targets, Tensor labels, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Map(model);
        var weights = ensemble.Weights(model);
        var solved = Solve(model, ensemble.TargetFeatures(map, weights, targets, labels, rows.HasValues, cancellationToken).t());
        var result = zeros(targets.shape[0], residuals.shape[1]);
        ensemble.Stream(map, weights, rows.Features, rows.Labels, (start, gradients, _) => result.slice(1, start, start + gradients.shape[0], 1).copy_(gradients.mm(solved).t()), cancellationToken);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Features of a few rows, [gradients, size].</summary>
    private Tensor Features(GradientFeatures map, Tensor[] weights, Tensor features, Tensor labels, CancellationToken cancellationToken)
    {
        var result = zeros(features.shape[0] * ensemble.GradientsPerRow, map.Size);
        ensemble.Stream(map, weights, features, labels, (start, gradients, _) => result.slice(0, start, start + gradients.shape[0], 1).copy_(gradients), cancellationToken);
        return result;
    }

    /// <summary>(K + λI)⁻¹ b. The solve is small beside the gradients; double precision keeps it out of the error budget.</summary>
    private Tensor Solve(int model, Tensor b)
    {
        using var scope = NewDisposeScope();
        var matrix = kernels[model].to_type(ScalarType.Float64, copy: true);
        double trace = matrix.trace().item<double>();
        matrix.diagonal().add_(Held(Options.Ridge * trace / Math.Min(matrix.shape[0], residuals.shape[1])), Held(1));
        var (factor, info) = linalg.cholesky_ex(matrix);
        if (!(trace > 0) || info.item<int>() != 0)
        {
            throw new InvalidOperationException(
                $"The kernel of model {model} is singular even with ridge {Options.Ridge}: every row's gradient is zero, or the model's outputs are not finite. Leave out members whose training diverged, or raise Ridge.");
        }

        return cholesky_solve(b.to_type(ScalarType.Float64), factor).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
