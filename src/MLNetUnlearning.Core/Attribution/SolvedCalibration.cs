using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion as the candidates' steps and their weights.</summary>
/// <param name="candidates">The candidates; not owned.</param>
/// <param name="rows">The training rows; not owned.</param>
/// <param name="question">The deletion.</param>
/// <param name="steps">The candidates' steps; taken over.</param>
/// <param name="weights">Their weights.</param>
internal sealed class SolvedCalibration(CandidatePredictions candidates, LabeledRows rows, DeletionQuestion question, Tensor[] steps, FusionWeights weights) : ISolvedDeletion
{
    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int[] positions = DeletionQuestion.Positions(rows, targets.shape[0], targetRowIds);
        var predictions = candidates.Predict(steps, targets, withDeletions: false, progress, cancellationToken);
        var mean = weights.Combine([.. predictions.Select(change => change[0])], question.Leaving(positions));
        return new LogitChange(mean) { Coverage = question.Coverage, Warnings = question.Warnings };
    }

    public void Dispose()
    {
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }
}
