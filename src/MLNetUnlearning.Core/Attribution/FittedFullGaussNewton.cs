using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gauss-Newton influence in all parameters, with its preconditioners made.</summary>
internal sealed class FittedFullGaussNewton : IStoredAttributor
{
    private readonly GaussNewtonEnsemble ensemble;
    private readonly Preconditioner[] preconditioners;
    private readonly int rowCount;

    private FittedFullGaussNewton(GaussNewtonEnsemble ensemble, Preconditioner[] preconditioners, int rowCount)
    {
        this.ensemble = ensemble;
        this.preconditioners = preconditioners;
        this.rowCount = rowCount;
    }

    public int RowCount => rowCount;

    IAttributorOptions IStoredAttributor.Options => Options;

    private GaussNewtonInfluenceOptions Options => ensemble.Options;

    /// <summary>Reads what <see cref="State"/> gives.</summary>
    public static AttributorReader Reader(GaussNewtonInfluenceOptions options, ModelBank bank, long[] rowIds)
    {
        var ensemble = GaussNewtonEnsemble.Create(bank, options);
        var shapes = Preconditioner.Shapes(bank.Graph);
        return new(
            [.. Enumerable.Repeat(shapes, ensemble.Count).SelectMany(one => one)],
            tensors => new FittedFullGaussNewton(ensemble, [.. tensors.Chunk(shapes.Count).Select(own => Preconditioner.Restore(bank.Graph, own))], rowIds.Length));
    }

    public IReadOnlyList<Tensor> State() => [.. preconditioners.SelectMany(preconditioner => preconditioner.State())];

    public static FittedFullGaussNewton Fit(GaussNewtonEnsemble ensemble, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken) =>
        new(ensemble, FullDimensionSteps.Prepare(ensemble, rows, progress, cancellationToken), rows.Count);

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var solved = Solve(request.Rows, request.ForgetRowIds, request.Students, progress, cancellationToken);
        return solved.Predict(request.Targets, request.TargetRowIds, null, cancellationToken);
    }

    public ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RequireOwnRows(rows, nameof(rows));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var request = FullDimensionSteps.Rows(ensemble, rows, rows.IndexesOf(forgetRowIds));
        var sizes = new double[ensemble.Count];
        int done = 0;
        var steps = Workers.Collect(ensemble.Count, Options.MaxWorkers, model =>
        {
            using var noGradients = no_grad();
            using var inner = NewDisposeScope();
            var step = DeletionPath.Solve(
                ensemble.Graph, ensemble.Weights(model), request, preconditioners[model], [Options.Ridge(rowCount)], Options.GroupSolver, ensemble.Seed(model), cancellationToken)[0];
            sizes[model] = SolvedFullGaussNewton.ChangeOf(ensemble, model, step, request.Forget, cancellationToken).pow(Held(2)).mean().sqrt().item<float>();
            if (!double.IsFinite(sizes[model]))
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"The Gauss-Newton step of member {model} ran away to outputs that are not finite. Take more Damping than {Options.Damping}, or choose it with GaussNewtonStepCalibration."));
            }

            progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), ensemble.Count));
            return step.DetachFromDisposeScope();
        });
        return new SolvedFullGaussNewton(ensemble, steps, ensemble.Weigh(sizes));
    }

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        RequireOwnRows(rows, nameof(rows));
        using var left = rows.Without(rows.IndexesOf(forgetRowIds));
        return Fit(ensemble, left, null, CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var preconditioner in preconditioners)
        {
            preconditioner.Dispose();
        }
    }

    private void RequireOwnRows(LabeledRows rows, string argument)
    {
        if (rows.Count != rowCount)
        {
            throw new ArgumentException($"The attribution covers {rowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", argument);
        }
    }
}
