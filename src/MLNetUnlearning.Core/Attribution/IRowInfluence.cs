using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Fitted attribution that can say what every single training row does to a prediction.</summary>
public interface IRowInfluence
{
    /// <summary>Scores every training row against every target: by how much the row raises the target's margin, up to one factor common to all scores.</summary>
    /// <param name="rows">The rows that the attribution was fitted on.</param>
    /// <param name="targets">Features of the targets [targets, features].</param>
    /// <param name="labels">True classes of the targets [targets], int64.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>[targets, rows]; the caller owns it.</returns>
    Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);
}
