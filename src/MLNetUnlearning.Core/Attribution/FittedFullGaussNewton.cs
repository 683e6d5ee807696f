using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
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
        RequireOwnRows(request.Rows, nameof(request));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int[] forget = request.Rows.IndexesOf(request.ForgetRowIds);
        var changes = new (Tensor? Targets, double Size)[ensemble.Count];
        int done = 0;
        try
        {
            Workers.Run(changes.Length, Options.MaxWorkers, model =>
            {
                using var noGradients = no_grad();
                var (change, size) = PredictOne(model, request.Rows, forget, request.Targets, cancellationToken);
                changes[model] = (change.DetachFromDisposeScope(), size);
                progress?.Report(new("predicting retrained outputs", Interlocked.Increment(ref done), changes.Length));
            });
            double[] weights = ensemble.Weigh([.. changes.Select(change => change.Size)]);
            var mean = zeros_like(changes[0].Targets!);
            for (int i = 0; i < changes.Length; i++)
            {
                mean.add_(changes[i].Targets!.mul(weights[i] / changes.Length));
            }

            return new LogitChange(mean);
        }
        finally
        {
            foreach (var (targets, _) in changes)
            {
                targets?.Dispose();
            }
        }
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

    private (Tensor Change, double Size) PredictOne(int model, LabeledRows rows, int[] forget, Tensor targets, CancellationToken cancellationToken)
    {
        var weights = ensemble.Weights(model);
        using var system = FullDimensionSteps.Open(ensemble, model, rows, forget, rowCount, cancellationToken);
        var step = system.Solve(preconditioners[model], Options.Ridge(rowCount), Options.Iterations, Options.Tolerance, cancellationToken);
        double size = system.Leaving.Along(step).square().mean().sqrt().item<float>();
        var parts = new List<Tensor>();
        for (long start = 0; start < targets.shape[0]; start += Options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(ChangeOf(weights, step, targets.slice(0, start, Math.Min(start + Options.BatchSize, targets.shape[0]), 1)));
        }

        return (cat(parts), size);
    }

    private Tensor ChangeOf(Tensor[] weights, Tensor step, Tensor batch)
    {
        using var scope = NewDisposeScope();
        if (!Options.EvaluateStep)
        {
            return TangentPass.Run(ensemble.Graph, weights, new ParameterVector(ensemble.Graph).Split(step), batch).Tangent.mul(Options.Multiplier).MoveToOuterDisposeScope();
        }

        var moved = OwnSteps.Moved(ensemble.Graph, weights, step.mul(Options.Multiplier));
        return Outputs(moved, batch).sub(Outputs(weights, batch)).MoveToOuterDisposeScope();
    }

    private Tensor Outputs(Tensor[] weights, Tensor batch) => ensemble.Graph.Forward(weights, batch, stacked: false, training: false);
}
