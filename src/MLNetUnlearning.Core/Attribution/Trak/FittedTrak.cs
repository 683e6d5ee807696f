using MLNetUnlearning.Attribution.Gradients;
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
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var index = IndexOf(request.Rows, request.ForgetRowIds);
        Tensor features = request.Rows.Features.index_select(0, index), labels = request.Rows.Labels.index_select(0, index), doubt = doubts.index_select(1, index);
        long targets = request.Targets.shape[0];
        Tensor change;
        if (Options.SoftThreshold > 0)
        {
            long classes = ensemble.Graph.OutputSize;
            var scores = Average([targets * classes, index.shape[0]], doubt, model => LogitInfluence(model, features, labels, request.Targets, cancellationToken), "predicting retrained outputs", progress);
            change = Shrink(scores).sum(1).view(targets, classes);
        }
        else
        {
            change = Average([targets, ensemble.Graph.OutputSize], null, model => SumInfluence(model, features, labels, doubt[ensemble.CheckpointOf(model)], request.Targets, cancellationToken), "predicting retrained outputs", progress);
        }

        return new LogitChange(change.mul_(-Options.Multiplier));
    }

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckRows(rows);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Shrink(Average([targets.shape[0], RowCount], doubts, model => MarginInfluence(model, rows, targets, labels, cancellationToken), "attributing rows", progress)).DetachFromDisposeScope();
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

    /// <summary>
    /// Mean over members, times the mean doubts of each row if they are given, mean over checkpoints. As many models at once as there are workers, added up in the order
    /// of the models: memory for one result per worker, and the same bits for any number of them.
    /// </summary>
    private Tensor Average(long[] shape, Tensor? rowDoubts, Func<int, Tensor> compute, string stage, IProgress<WorkProgress>? progress)
    {
        using var scope = NewDisposeScope();
        var total = zeros(shape);
        int done = 0;
        for (int checkpoint = 0; checkpoint < ensemble.Checkpoints; checkpoint++)
        {
            using var checkpointScope = NewDisposeScope();
            var mean = zeros(shape);
            for (int member = 0; member < ensemble.Members; member += Options.MaxWorkers)
            {
                int first = checkpoint * ensemble.Members + member;
                var parts = new Tensor[Math.Min(Options.MaxWorkers, ensemble.Members - member)];
                Workers.Run(parts.Length, Options.MaxWorkers, part =>
                {
                    using var noGrad = no_grad();
                    parts[part] = compute(first + part).DetachFromDisposeScope();
                    progress?.Report(new(stage, Interlocked.Increment(ref done), ensemble.Count));
                });
                foreach (var part in parts)
                {
                    mean.add_(part, alpha: 1.0 / ensemble.Members);
                    part.Dispose();
                }
            }

            total.add_(rowDoubts is null ? mean : mean.mul_(rowDoubts[checkpoint]), alpha: 1.0 / ensemble.Checkpoints);
        }

        return total.MoveToOuterDisposeScope();
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

    /// <summary>The same with the gradient of each logit of the target, [targets x classes, forget rows].</summary>
    private Tensor LogitInfluence(int model, Tensor features, Tensor labels, Tensor targets, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Map(model);
        var weights = ensemble.Weights(model);
        var solved = Solve(model, Features(map, weights, features, labels, cancellationToken).t());
        var parts = new List<Tensor>();
        long size = Math.Min(Options.BatchSize, map.RowsPerPass);
        for (long start = 0; start < targets.shape[0]; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            using var grad = enable_grad();
            var (_, jacobian) = map.OfLogits(weights, targets.slice(0, start, Math.Min(start + size, targets.shape[0]), 1));
            using var noGrad = no_grad();
            parts.Add(jacobian.flatten(0, 1).mm(solved).MoveToOuterDisposeScope());
        }

        return cat(parts).MoveToOuterDisposeScope();
    }

    /// <summary>Sum over the forget rows of the influence on every logit, [targets, classes], by one forward-mode pass: targets need no gradients.</summary>
    private Tensor SumInfluence(int model, Tensor features, Tensor labels, Tensor doubt, Tensor targets, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Map(model);
        var weights = ensemble.Weights(model);
        var sum = Features(map, weights, features, labels, cancellationToken).t().mv(doubt);
        var direction = map.Lift(Solve(model, sum.unsqueeze(1)).squeeze(1));
        var parts = new List<Tensor>();
        for (long start = 0; start < targets.shape[0]; start += Options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(TangentPass.Run(ensemble.Graph, weights, direction, targets.slice(0, start, Math.Min(start + Options.BatchSize, targets.shape[0]), 1)).Tangent);
        }

        return cat(parts).MoveToOuterDisposeScope();
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

    private Tensor Shrink(Tensor scores) =>
        Options.SoftThreshold > 0 ? scores.sign().mul_(scores.abs().sub_(Options.SoftThreshold).clamp_min_(0)) : scores;
}
