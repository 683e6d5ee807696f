using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Unlearned models and what it took to make them.</summary>
/// <param name="Models">The unlearned models, in the order of the ones handed in; the caller owns them.</param>
/// <param name="AttributionTime">Time spent on predicting outputs, for all models together.</param>
/// <param name="FineTuningTime">Time spent on changing weights, for all models together.</param>
public sealed record UnlearningOutcome(ModelStack Models, TimeSpan AttributionTime, TimeSpan FineTuningTime) : IDisposable
{
    /// <summary>Root mean squared difference between predicted and actual logits on the fine-tuning rows before fine-tuning, mean over models; null for methods without predictions.</summary>
    public double? MatchResidualBefore { get; init; }

    /// <summary>The same after fine-tuning.</summary>
    public double? MatchResidualAfter { get; init; }

    /// <summary>Predicted outputs of a method that changes no weight (<see cref="IUnlearner.PredictsOnly"/>); <see cref="Models"/> are then copies of the ones handed in. Null for all others.</summary>
    public PredictedOutputs? Predicted { get; init; }

    /// <summary>Logits to judge the outcome by: the predicted ones where the method only predicts, those of the models otherwise.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="rowIds">Row id of each row that is a training row, null for each that is none. Default null: none is. Read by predictions alone.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>[models, rows, classes]; the caller owns it.</returns>
    public Tensor Logits(Tensor features, IReadOnlyList<long?>? rowIds = null, CancellationToken cancellationToken = default) =>
        Predicted is null ? Models.Logits(features, cancellationToken: cancellationToken) : Predicted.Logits(features, rowIds, null, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Predicted?.Dispose();
        Models.Dispose();
    }
}
