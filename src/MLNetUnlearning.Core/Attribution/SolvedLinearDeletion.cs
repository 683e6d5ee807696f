using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion from a linear model: by how much its weights move.</summary>
internal sealed class SolvedLinearDeletion : ISolvedDeletion
{
    private readonly Tensor change;
    private readonly int batchSize;

    /// <param name="change">Change of weights and bias, [features + 1, outputs], float64; taken over.</param>
    /// <param name="batchSize">Targets at once.</param>
    private SolvedLinearDeletion(Tensor change, int batchSize)
    {
        this.change = change.DetachFromDisposeScope();
        this.batchSize = batchSize;
    }

    /// <summary>Solves on a worker, because it computes with one thread.</summary>
    /// <param name="change">Computes the change of weights and bias, [features + 1, outputs], float64.</param>
    /// <param name="batchSize">Targets at once.</param>
    /// <param name="progress">Receives a report.</param>
    public static SolvedLinearDeletion Of(Func<Tensor> change, int batchSize, IProgress<WorkProgress>? progress)
    {
        SolvedLinearDeletion? solved = null;
        Workers.Run(1, 1, _ =>
        {
            using var noGrad = no_grad();
            solved = new(change(), batchSize);
        });
        progress?.Report(new("predicting retrained outputs", 1, 1));
        return solved!;
    }

    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        LogitChange? result = null;
        Workers.Run(1, 1, _ =>
        {
            using var noGrad = no_grad();
            result = LeverageRows.Along(change, targets, batchSize, cancellationToken);
        });
        return result!;
    }

    public void Dispose() => change.Dispose();
}
