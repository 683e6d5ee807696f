using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Influence of single training rows with what does not depend on the targets at hand. Safe to share between threads; the attribution and the rows that it came from must live as long.</summary>
public interface IPreparedInfluence : IDisposable
{
    /// <inheritdoc cref="IRowInfluence.RowInfluence"/>
    Tensor RowInfluence(Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);
}
