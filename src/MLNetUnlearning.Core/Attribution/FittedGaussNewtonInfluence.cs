using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
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

    /// <summary>Disk that this object holds, in bytes.</summary>
    internal long DiskBytes => models.Sum(model => model.Pool?.DiskBytes ?? 0);

    /// <summary>Computes the matrices, and what else there is room for.</summary>
    public static FittedGaussNewtonInfluence Fit(GaussNewtonEnsemble ensemble, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var pool = GaussNewtonPool.Draw(ensemble, rows);
        int[] positions = rows.IndexesOf(pool.RowIds);
        using var poolRows = positions.Length > 0 && ensemble.Options.WorkingFolder is not null ? rows.Select(positions) : null;
        var folder = ensemble.Options.WorkingFolder is null ? null : GaussNewtonWorkingFolder.Open(ensemble, rows, poolRows);
        int done = 0;
        var models = Workers.Collect(ensemble.Count, ensemble.Options.MaxWorkers, model =>
        {
            using var noGrad = no_grad();
            var (kernel, kept) = ensemble.IsReduced || folder is not null
                ? FitApart(ensemble, model, rows, folder is null ? positions : [], folder, progress, cancellationToken)
                : FitWhole(ensemble, model, rows, positions, cancellationToken);
            var inverse = pool.KeepsInverses ? GaussNewtonSolve.Inverse(kernel, ensemble.Options.Ridge(rows.Count)) : null;
            IPoolGradients? gradients = kept is null ? folder?.Pool(model, progress, cancellationToken) : new HeldPoolGradients(kept.Keep());
            progress?.Report(new("attributing", Interlocked.Increment(ref done), ensemble.Count));
            return new GaussNewtonModel(kernel.DetachFromDisposeScope(), inverse?.DetachFromDisposeScope(), gradients);
        });
        folder?.Clear();
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
        using var solved = Solve(request.Rows, request.ForgetRowIds, keepDirections: false, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, null, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Solve(rows, forgetRowIds, keepDirections: true, progress, cancellationToken);

    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var prepared = Prepare(rows, 0, null, cancellationToken);
        return prepared.RowInfluence(targets, labels, progress, cancellationToken);
    }

    public IPreparedInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireOwnRows(rows);
        return GaussNewtonRowInfluence.Prepare(ensemble, Kernels, Options.Ridge(rowCount), rows, maxBytes, progress, cancellationToken);
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireOwnRows(rows);
        var features = rows.Features.index_select(0, tensor(rows.IndexesOf(forgetRowIds).Select(i => (long)i).ToArray()));
        int left = rowCount - forgetRowIds.Count;
        var (smaller, places) = pool.Without(forgetRowIds);
        return new FittedGaussNewtonInfluence(ensemble, Workers.Collect(models.Length, Options.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            var kernel = models[i].Kernel.sub(ensemble.Curvature(i, features, CancellationToken.None));
            var inverse = models[i].Inverse is null ? null : GaussNewtonSolve.Inverse(kernel, Options.Ridge(left));
            return new GaussNewtonModel(kernel.DetachFromDisposeScope(), inverse?.DetachFromDisposeScope(), places.Length == 0 ? null : models[i].Pool?.Staying(places));
        }), smaller, left);
    }

    public void Dispose()
    {
        foreach (var model in models)
        {
            model.Pool?.Delete();
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

    /// <summary>The matrix over all rows and the gradients of some of them, from one pass over the rows; in the current dispose scope.</summary>
    private static (Tensor Kernel, LogitGradients? Pool) FitWhole(GaussNewtonEnsemble ensemble, int model, LabeledRows rows, int[] positions, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Features(model);
        var kernel = zeros(ensemble.FeatureSize, ensemble.FeatureSize);
        var kept = positions.Length > 0 ? LogitGradients.Empty(map, positions.Length) : null;
        int next = 0;
        ensemble.VisitFactored(model, map, rows.Features, (start, gradients) =>
        {
            GaussNewtonEnsemble.AddSquare(kernel, ensemble.Root(map, gradients).flatten(0, 1));
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
        return (GaussNewtonEnsemble.Mirrored(kernel).MoveToOuterDisposeScope(), kept?.MoveToOuterDisposeScope());
    }

    /// <summary>The same from a pass each, where the matrix takes few backward passes a row and the pool takes one for each class, or where the matrix lies in a folder.</summary>
    private static (Tensor Kernel, LogitGradients? Pool) FitApart(
        GaussNewtonEnsemble ensemble, int model, LabeledRows rows, int[] positions, GaussNewtonWorkingFolder? folder, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Features(model);
        var kernel = folder?.Kernel(model, progress, cancellationToken) ?? ensemble.Curvature(model, rows.Features, cancellationToken);
        var kept = positions.Length > 0 ? LogitGradients.Empty(map, positions.Length) : null;
        if (kept is not null)
        {
            var features = rows.Features.index_select(0, tensor(positions.Select(row => (long)row).ToArray()).clone());
            ensemble.VisitFactored(model, map, features, (start, gradients) => kept.Put(start, gradients), cancellationToken);
        }

        return (kernel.MoveToOuterDisposeScope(), kept?.MoveToOuterDisposeScope());
    }

    private SolvedGaussNewton Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, bool keepDirections, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        RequireOwnRows(rows);
        var forget = new GaussNewtonForgetRows(rows, forgetRowIds, pool);
        int done = 0;
        var steps = Workers.Collect(ensemble.Count, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            var step = SolveOne(model, forget, keepDirections, cancellationToken).Keep();
            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), ensemble.Count));
            return step;
        });
        return new(ensemble, models, pool, forget.Positions, steps);
    }

    private ProjectedStep SolveOne(int model, GaussNewtonForgetRows forget, bool keepDirection, CancellationToken cancellationToken)
    {
        using var map = ensemble.Features(model);
        var own = models[model];
        var known = new List<LogitGradients>();
        var roots = new List<Tensor>();
        var gradient = zeros(map.Size);
        long place = 0;
        void Add(LogitGradients gradients)
        {
            known.Add(gradients);
            var labels = forget.Labels.slice(0, place, place += gradients.Rows, 1);
            if (ensemble.IsReduced)
            {
                var reduced = ensemble.Reduce(map, gradients, labels);
                roots.Add(reduced.Root);
                gradient.add_(reduced.Loss!.sum([0]), Held(1));
                return;
            }

            gradient.add_(ensemble.LossGradient(map, gradients, labels).sum([0]), Held(1));
            roots.Add(ensemble.Root(map, gradients).flatten(0, 1));
        }

        if (forget.Places.shape[0] > 0)
        {
            Add(own.Pool!.Select(map, forget.Places));
        }

        if (ensemble.IsReduced)
        {
            ensemble.VisitReduced(model, map, forget.Fresh, forget.Labels.slice(0, place, forget.Labels.shape[0], 1), (_, gradients) =>
            {
                roots.Add(gradients.Root.MoveToOuterDisposeScope());
                gradient.add_(gradients.Loss!.sum([0]), Held(1));
            }, cancellationToken);
        }
        else
        {
            var fresh = new List<LogitGradients>();
            ensemble.VisitFactored(model, map, forget.Fresh, (_, gradients) => fresh.Add(gradients.MoveToOuterDisposeScope()), cancellationToken);
            fresh.ForEach(Add);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var step = GaussNewtonSolve.Solve(own, roots, gradient, Options.Ridge(rowCount), cancellationToken);
        bool needsDirection = keepDirection || (ensemble.IsReduced && forget.Fresh.shape[0] > 0);
        var direction = needsDirection ? map.Lift(step) : null;
        // Gradients times the step are what a forward-mode pass along the lifted step gives: lifting is the adjoint of projecting.
        var changes = known.Select(gradients => map.Along(gradients, step));
        var leaving = cat([.. ensemble.IsReduced && forget.Fresh.shape[0] > 0 ? changes.Append(ensemble.Along(model, direction!, forget.Fresh, cancellationToken)) : changes]);
        return new(step, keepDirection ? direction : null, leaving, leaving.pow(Held(2)).mean().sqrt().item<float>());
    }
}
