using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

/// <summary>Negative control: scores that belong to other rows.</summary>
internal sealed class ShuffledInfluence(IRowInfluence influence) : IRowInfluence
{
    public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scores = influence.RowInfluence(rows, targets, labels, progress, cancellationToken);
        return scores.index_select(1, randperm(rows.Count, generator: new Generator(3)));
    }
}
