using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion as (K + λI)⁻¹ times the features of the rows that leave, for each model.</summary>
internal sealed class SolvedTrak : ISolvedDeletion
{
    private readonly TrakEnsemble ensemble;
    private readonly Tensor residual;
    private readonly Tensor[] solved;

    /// <param name="ensemble">The models.</param>
    /// <param name="residual">Mean over members of the residuals of the rows that leave, [checkpoints, gradients].</param>
    /// <param name="solved">[size, gradients] where single rows are shrunk, the sum over gradients [size, 1] otherwise; taken over.</param>
    public SolvedTrak(TrakEnsemble ensemble, Tensor residual, Tensor[] solved)
    {
        this.ensemble = ensemble;
        this.residual = residual.DetachFromDisposeScope();
        this.solved = solved;
    }

    private TrakOptions Options => ensemble.Options;

    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        const string Stage = "predicting retrained outputs";
        long count = targets.shape[0], outputs = ensemble.Graph.OutputSize;
        var change = Options.SoftThreshold > 0
            ? ensemble.Shrink(ensemble.SumOfRows(ensemble.Average([count * outputs, residual.shape[1]], residual, model => LogitInfluence(model, targets, cancellationToken), Stage, progress))).sum(1).view(count, outputs)
            : ensemble.Average([count, outputs], null, model => SumInfluence(model, targets, cancellationToken), Stage, progress);
        return new LogitChange(change.mul_(Held(-Options.Multiplier)));
    }

    public void Dispose()
    {
        residual.Dispose();
        foreach (var tensor in solved)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Influence of every gradient on every logit, [targets x classes, gradients].</summary>
    private Tensor LogitInfluence(int model, Tensor targets, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Map(model);
        var weights = ensemble.Weights(model);
        var parts = new List<Tensor>();
        long size = Math.Min(Options.BatchSize, map.RowsPerPass);
        for (long start = 0; start < targets.shape[0]; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var batchScope = NewDisposeScope();
            using var grad = enable_grad();
            var (_, jacobian) = map.OfLogits(weights, targets.slice(0, start, Math.Min(start + size, targets.shape[0]), 1));
            using var noGrad = no_grad();
            parts.Add(jacobian.flatten(0, 1).mm(solved[model]).MoveToOuterDisposeScope());
        }

        return cat(parts).MoveToOuterDisposeScope();
    }

    /// <summary>Sum over the rows of the influence on every logit, [targets, classes], by one forward-mode pass: targets need no gradients.</summary>
    private Tensor SumInfluence(int model, Tensor targets, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var map = ensemble.Map(model);
        var weights = ensemble.Weights(model);
        var direction = map.Lift(solved[model].squeeze(1));
        var parts = new List<Tensor>();
        for (long start = 0; start < targets.shape[0]; start += Options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(TangentPass.Run(ensemble.Graph, weights, direction, targets.slice(0, start, Math.Min(start + Options.BatchSize, targets.shape[0]), 1)).Tangent);
        }

        return cat(parts).MoveToOuterDisposeScope();
    }
}
