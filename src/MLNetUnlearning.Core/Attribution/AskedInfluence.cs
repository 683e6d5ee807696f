using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Influence for which nothing is prepared: every question goes to the attribution.</summary>
/// <param name="attributor">Answers.</param>
/// <param name="rows">The rows that it covers.</param>
internal sealed class AskedInfluence(IRowInfluence attributor, LabeledRows rows) : IPreparedInfluence
{
    public Tensor RowInfluence(Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        attributor.RowInfluence(rows, targets, labels, progress, cancellationToken);

    public void Dispose()
    {
    }
}
