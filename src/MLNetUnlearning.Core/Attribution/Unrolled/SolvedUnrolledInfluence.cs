using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion as the steps of members whose training was gone through without its rows.</summary>
/// <param name="ensemble">The members; not owned.</param>
/// <param name="rows">The training rows; not owned.</param>
/// <param name="forget">Positions of the rows that leave, ascending.</param>
/// <param name="steps">Step of each member; taken over.</param>
/// <param name="scale">Factors on the changes.</param>
internal sealed class SolvedUnrolledInfluence(UnrolledEnsemble ensemble, LabeledRows rows, int[] forget, Tensor[] steps, DeletionScale scale) : ISolvedDeletion
{
    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var gone = forget.ToHashSet();
        float[] factors = [.. DeletionQuestion.Positions(rows, targets.shape[0], targetRowIds).Select(row => (float)(gone.Contains(row) ? scale.Leaving : scale.Staying))];
        return new LogitChange(ensemble.Change(steps, targets, cancellationToken).mul(tensor(factors).unsqueeze(1)));
    }

    public void Dispose()
    {
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }
}
