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

    /// <summary>The same attribution after rows have been forgotten for good: it no longer holds anything computed from them.</summary>
    /// <param name="rows">The rows that the attribution covers so far.</param>
    /// <param name="forgetRowIds">Ids of the rows that leave.</param>
    IFittedAttributor Without(LabeledRows rows, IReadOnlyList<long> forgetRowIds);
}
