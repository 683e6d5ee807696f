using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gauss-Newton influence with its curvature matrices computed.</summary>
internal sealed class FittedGaussNewtonInfluence : IStoredAttributor, IRowInfluence
{
    private readonly GaussNewtonEnsemble ensemble;
    private readonly GaussNewtonModel[] models;
    private readonly GaussNewtonPool pool;
    private readonly int rowCount;

    /// <summary>Attribution that keeps nothing but its matrices.</summary>
    /// <param name="ensemble">The models.</param>
    /// <param name="kernels">Gauss-Newton matrix of each model over all rows, [size, size]; taken over.</param>
    /// <param name="rowCount">Number of rows in the matrices.</param>
    public FittedGaussNewtonInfluence(GaussNewtonEnsemble ensemble, Tensor[] kernels, int rowCount)
        : this(ensemble, [.. kernels.Select(kernel => new GaussNewtonModel(kernel, null, null))], GaussNewtonPool.None, rowCount)
    {
    }

    private FittedGaussNewtonInfluence(GaussNewtonEnsemble ensemble, GaussNewtonModel[] models, GaussNewtonPool pool, int rowCount)
    {
        this.ensemble = ensemble;
        this.models = models;
        this.pool = pool;
        this.rowCount = rowCount;
        Kernels = [.. models.Select(model => model.Kernel)];
    }

    /// <summary>Settings of the attribution.</summary>
    public GaussNewtonInfluenceOptions Options => ensemble.Options;

    /// <summary>Gauss-Newton matrix of each model of the ensemble over all rows; they belong to this object.</summary>
    public IReadOnlyList<Tensor> Kernels { get; }

    /// <summary>Number of rows in the matrices.</summary>
    public int RowCount => rowCount;

    IAttributorOptions IStoredAttributor.Options => Options;

    /// <summary>Rows whose gradients are kept.</summary>
    internal GaussNewtonPool Pool => pool;

    /// <summary>Memory that this object holds, in bytes.</summary>
    internal long Bytes => models.Sum(model => model.Bytes);

    /// <summary>Computes the matrices, and what else there is room for.</summary>
    public static FittedGaussNewtonInfluence Fit(GaussNewtonEnsemble ensemble, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var pool = GaussNewtonPool.Draw(ensemble, rows);
        int[] positions = rows.IndexesOf(pool.RowIds);
        int done = 0;
        var models = Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model =>
        {
            using var noGrad = no_grad();
            using var map = ensemble.Features(model);
            var kernel = zeros(ensemble.FeatureSize, ensemble.FeatureSize);
            var kept = positions.Length > 0 ? LogitGradients.Empty(map, positions.Length) : null;
            int next = 0;
            ensemble.VisitFactored(model, map, rows.Features, (start, gradients) =>
            {
                GaussNewtonEnsemble.AddSquare(kernel, ensemble.Root(map, gradients));
                int first = next;
                while (next < positions.Length && positions[next] < start + gradients.Rows)
                {
                    next++;
                }

                if (next > first)
                {
                    kept!.Put(first, gradients.Select(tensor(positions[first..next].Select(row => (long)(row - start)).ToArray()).clone()));
                }
            }, cancellationToken);
            kernel = GaussNewtonEnsemble.Mirrored(kernel);
            var inverse = pool.KeepsInverses ? GaussNewtonSolve.Inverse(kernel, ensemble.Options.Ridge(rows.Count)) : null;
            progress?.Report(new("attributing", Interlocked.Increment(ref done), ensemble.Count));
            return new GaussNewtonModel(kernel.DetachFromDisposeScope(), inverse?.DetachFromDisposeScope(), kept?.Keep());
        });
        return new(ensemble, models, pool, rows.Count);
    }

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(GaussNewtonInfluenceOptions options, ModelBank bank, long[] rowIds)
    {
        var ensemble = GaussNewtonEnsemble.Create(bank, options);
        var shape = TensorShape.Single(ensemble.FeatureSize, ensemble.FeatureSize);
        return new([.. Enumerable.Repeat(shape, ensemble.Count)], kernels => new FittedGaussNewtonInfluence(ensemble, kernels, rowIds.Length));
    }

    public IReadOnlyList<Tensor> State() => Kernels;

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireOwnRows(request.Rows);
        var question = new GaussNewtonQuestion(request, pool);
        var sizes = new double[ensemble.Count];
        int done = 0;
        var changes = Workers.Collect(ensemble.Count, Options.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            var change = PredictOne(i, question, cancellationToken);
            sizes[i] = change.Size;
            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), sizes.Length));
            return change.Targets.DetachFromDisposeScope();
        });
        double[] weights = ensemble.Weigh(sizes);
        var mean = zeros_like(changes[0]);
        for (int i = 0; i < changes.Length; i++)
        {
            mean.add_(changes[i], alpha: Options.Multiplier * weights[i] / changes.Length);
            changes[i].Dispose();
        }

        return new LogitChange(mean);
    }

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireOwnRows(rows);
        return GaussNewtonRowInfluence.Compute(ensemble, Kernels, Options.Ridge(rowCount), rows, targets, labels, progress, cancellationToken);
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireOwnRows(rows);
        var features = rows.Features.index_select(0, tensor(rows.IndexesOf(forgetRowIds).Select(i => (long)i).ToArray()));
        int left = rowCount - forgetRowIds.Count;
        var (smaller, places) = pool.Without(forgetRowIds);
        var staying = tensor(places).clone();
        return new FittedGaussNewtonInfluence(ensemble, Workers.Collect(models.Length, Options.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            var kernel = models[i].Kernel.sub(ensemble.Curvature(i, features, CancellationToken.None));
            var inverse = models[i].Inverse is null ? null : GaussNewtonSolve.Inverse(kernel, Options.Ridge(left));
            return new GaussNewtonModel(kernel.DetachFromDisposeScope(), inverse?.DetachFromDisposeScope(), places.Length == 0 ? null : models[i].Pool?.Select(staying).Keep());
        }), smaller, left);
    }

    public void Dispose()
    {
        foreach (var model in models)
        {
            model.Dispose();
        }
    }

    private void RequireOwnRows(LabeledRows rows)
    {
        if (rows.Count != rowCount)
        {
            throw new ArgumentException($"The attribution covers {rowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }
    }

    /// <summary>One model's predicted change on the targets, and its root mean square on the forget rows.</summary>
    private (Tensor Targets, double Size) PredictOne(int model, GaussNewtonQuestion question, CancellationToken cancellationToken)
    {
        using var map = ensemble.Features(model);
        var own = models[model];
        var parts = new List<LogitGradients>();
        if (question.ForgetPlaces.shape[0] > 0)
        {
            parts.Add(own.Pool!.Select(question.ForgetPlaces));
        }

        ensemble.VisitFactored(model, map, question.Fresh, (_, gradients) => parts.Add(gradients.MoveToOuterDisposeScope()), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var step = GaussNewtonSolve.Solve(ensemble, map, own, parts, question.Labels, Options.Ridge(rowCount), cancellationToken);
        // Gradients times the step are what a forward-mode pass along the lifted step gives: lifting is the adjoint of projecting.
        var leaving = cat([.. parts.Select(gradients => map.Along(gradients, step))]);
        double size = leaving.square().mean().sqrt().item<float>();
        var targets = empty(question.TargetCount, ensemble.Graph.OutputSize);
        targets.index_copy_(0, question.Leaving.Targets, leaving.index_select(0, question.Leaving.Rows));
        if (question.Pooled.Targets.shape[0] > 0)
        {
            targets.index_copy_(0, question.Pooled.Targets, AlongPool(map, own.Pool!, step, question.Pooled.Places));
        }

        if (question.Others.shape[0] > 0)
        {
            targets.index_copy_(0, question.Others, Along(model, map.Lift(step), question.OtherFeatures, cancellationToken));
        }

        return (targets, size);
    }

    /// <summary>Changes of some of the pool's rows. Copying rows together costs as much as the products, so for many of them all are taken.</summary>
    private static Tensor AlongPool(GradientFeatures map, LogitGradients gradients, Tensor step, Tensor places) => 2 * places.shape[0] >= gradients.Rows
        ? map.Along(gradients, step).index_select(0, places)
        : map.Along(gradients.Select(places), step);

    private Tensor Along(int model, Tensor?[] direction, Tensor features, CancellationToken cancellationToken)
    {
        var weights = ensemble.Weights(model);
        var parts = new List<Tensor>();
        for (long start = 0; start < features.shape[0]; start += Options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(TangentPass.Run(ensemble.Graph, weights, direction, features.slice(0, start, Math.Min(start + Options.BatchSize, features.shape[0]), 1)).Tangent);
        }

        return cat(parts);
    }
}
