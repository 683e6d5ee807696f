using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Gauss-Newton predictions for the bank's deletions and for a request, several candidates of each, among which calibration chooses.</summary>
internal interface ICandidates : IDisposable
{
    /// <summary>Number of candidates.</summary>
    int Count { get; }

    /// <summary>Number of models, each of which has steps of its own.</summary>
    int Models { get; }

    /// <summary>Its tensors; they belong to this object.</summary>
    IReadOnlyList<Tensor> State();

    /// <summary>Solves for a request.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    /// <param name="progress">Receives a report per model.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>Weighted steps of each model, [dampings, 1, size]; the caller owns them.</returns>
    Tensor[] Solve(LabeledRows rows, int[] forget, IProgress<WorkProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Predicted changes of all logits of some targets.</summary>
    /// <param name="request">Steps of a request, or null for the bank's deletions alone.</param>
    /// <param name="targets">[targets, features].</param>
    /// <param name="withDeletions">Whether the bank's deletions are wanted.</param>
    /// <param name="progress">Receives a report per block of targets.</param>
    /// <param name="cancellationToken">Checked between blocks.</param>
    /// <returns>For each candidate [deletions + request, targets, classes], the request last; they belong to the current dispose scope.</returns>
    Tensor[] Predict(Tensor[]? request, Tensor targets, bool withDeletions, IProgress<WorkProgress>? progress, CancellationToken cancellationToken);
}
