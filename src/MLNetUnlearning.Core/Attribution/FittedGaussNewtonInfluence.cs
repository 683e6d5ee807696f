using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Gauss-Newton influence with its curvature matrices computed.</summary>
internal sealed class FittedGaussNewtonInfluence : IFittedAttributor
{
    private readonly GaussNewtonEnsemble ensemble;
    private readonly Tensor[] kernels;
    private readonly int rowCount;

    /// <param name="ensemble">The models.</param>
    /// <param name="kernels">Gauss-Newton matrix of each model over all rows, [size, size]; taken over.</param>
    /// <param name="rowCount">Number of rows in the matrices.</param>
    public FittedGaussNewtonInfluence(GaussNewtonEnsemble ensemble, Tensor[] kernels, int rowCount)
    {
        this.ensemble = ensemble;
        this.kernels = kernels;
        this.rowCount = rowCount;
    }

    /// <summary>Settings of the attribution.</summary>
    public GaussNewtonInfluenceOptions Options => ensemble.Options;

    /// <summary>Gauss-Newton matrix of each model of the ensemble over all rows; they belong to this object.</summary>
    public IReadOnlyList<Tensor> Kernels => kernels;

    /// <summary>Number of rows in the matrices.</summary>
    public int RowCount => rowCount;

    public LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (features, labels) = ForgetRows(request.Rows, request.ForgetRowIds);
        var sizes = new double[ensemble.Count];
        int done = 0;
        var changes = Workers.Collect(ensemble.Count, Options.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            var change = PredictOne(i, features, labels, request.Targets, cancellationToken);
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

    public IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (features, _) = ForgetRows(rows, forgetRowIds);
        var left = Workers.Collect(kernels.Length, Options.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            return kernels[i].sub(ensemble.Curvature(i, features, CancellationToken.None)).DetachFromDisposeScope();
        });
        return new FittedGaussNewtonInfluence(ensemble, left, rowCount - forgetRowIds.Count);
    }

    public void Dispose()
    {
        foreach (var kernel in kernels)
        {
            kernel.Dispose();
        }
    }

    private (Tensor Features, Tensor Labels) ForgetRows(LabeledRows rows, IReadOnlyList<long> ids)
    {
        if (rows.Count != rowCount)
        {
            throw new ArgumentException($"The attribution covers {rowCount} rows, but {rows.Count} rows are given. Give the rows that it was fitted on, less those forgotten since.", nameof(rows));
        }

        var index = tensor(rows.IndexesOf(ids).Select(i => (long)i).ToArray());
        return (rows.Features.index_select(0, index), rows.Labels.index_select(0, index));
    }

    /// <summary>One model's predicted change on the targets, and its root mean square on the forget rows.</summary>
    private (Tensor Targets, double Size) PredictOne(int model, Tensor forgetFeatures, Tensor forgetLabels, Tensor targets, CancellationToken cancellationToken)
    {
        var (forgetCurvature, gradient) = ensemble.Accumulate(model, forgetFeatures, forgetLabels, cancellationToken);
        // The solve is small beside the gradients; double precision keeps it out of the error budget.
        var matrix = kernels[model].to_type(ScalarType.Float64).sub(forgetCurvature);
        matrix.diagonal().add_(Options.Damping * Options.WeightDecay * rowCount);
        var step = cholesky_solve(gradient!.to_type(ScalarType.Float64).unsqueeze(1), linalg.cholesky(matrix)).squeeze(1).to_type(ScalarType.Float32);
        using var map = ensemble.Features(model);
        var direction = map.Lift(step);
        double size = Along(model, direction, forgetFeatures, cancellationToken).square().mean().sqrt().item<float>();
        return (Along(model, direction, targets, cancellationToken), size);
    }

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
