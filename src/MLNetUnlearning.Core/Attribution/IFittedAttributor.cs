using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Attribution that is ready for requests.</summary>
public interface IFittedAttributor : IDisposable
{
    /// <summary>Predicts how logits change when rows are forgotten.</summary>
    /// <param name="request">Which rows leave, and for which examples the change is wanted.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="ArgumentException">The request's rows are not those that the attribution covers.</exception>
    /// <exception cref="RowDataException">A row to forget is unknown or given twice.</exception>
    LogitChange Predict(AttributionRequest request, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Solves for a deletion once, so that examples can be predicted one after the other: with the same bits as <see cref="Predict"/> gives for them.</summary>
    /// <param name="rows">The rows that the attribution covers, the ones to forget among them.</param>
    /// <param name="forgetRowIds">Ids of the rows to forget.</param>
    /// <param name="students">The models to be unlearned, see <see cref="AttributionRequest.Students"/>.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>The solved deletion; the caller owns it. If a method does not override this, it asks <see cref="Predict"/> anew every time.</returns>
    /// <exception cref="ArgumentException">The rows are not those that the attribution covers.</exception>
    /// <exception cref="RowDataException">A row to forget is unknown or given twice.</exception>
    ISolvedDeletion Solve(LabeledRows rows, IReadOnlyList<long> forgetRowIds, ModelStack? students = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        new AskedDeletion(this, rows, forgetRowIds, students);

    /// <summary>The same attribution after rows have been forgotten for good: it no longer holds anything computed from them.</summary>
    /// <param name="rows">The rows that the attribution covers so far.</param>
    /// <param name="forgetRowIds">Ids of the rows that leave.</param>
    IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds);
}
