using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Fitted attribution that can say what every single training row does to a prediction.</summary>
public interface IRowInfluence
{
    /// <summary>Scores every training row against every target: by how much the row raises the target's margin, or its value, up to one factor common to all scores.</summary>
    /// <param name="rows">The rows that the attribution was fitted on.</param>
    /// <param name="targets">Features of the targets [targets, features].</param>
    /// <param name="labels">Class of each target whose margin is meant; where the rows have values, the output whose value is meant; [targets], int64, from 0.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>[targets, rows]; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The rows are others.</exception>
    Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Computes once what does not depend on targets, so that they can be asked about one after the other: with the same bits as <see cref="RowInfluence"/> gives for them.</summary>
    /// <param name="rows">The rows that the attribution was fitted on.</param>
    /// <param name="maxBytes">Memory for it, at least 0. First come factors of matrices, then gradients of all rows, model by model. Models that there is no room for compute them for every question.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>The caller owns it. If a method does not override this, it asks <see cref="RowInfluence"/> anew every time.</returns>
    /// <exception cref="ArgumentException">The rows are others.</exception>
    IPreparedInfluence Prepare(LabeledRows rows, long maxBytes, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) => new AskedInfluence(this, rows);
}
