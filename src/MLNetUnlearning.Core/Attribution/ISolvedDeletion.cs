using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion that attribution has solved for, so that each further target costs what the target costs. Safe to share between threads; the attribution and the rows that it came from must live as long.</summary>
public interface ISolvedDeletion : IDisposable
{
    /// <summary>Predicts how logits change when the rows are forgotten. A target's change does not depend on the targets beside it, but for rounding.</summary>
    /// <param name="targets">Features [targets, features].</param>
    /// <param name="targetRowIds">Row id of each target that is a training row, null for each that is none; see <see cref="AttributionRequest.TargetRowIds"/>. Default null: none is.</param>
    /// <param name="progress">Receives reports.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="ArgumentException">There are row ids, but not one for each target.</exception>
    LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);
}
