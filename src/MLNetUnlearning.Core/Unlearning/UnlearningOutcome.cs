using MLNetUnlearning.Networks;

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

    /// <inheritdoc/>
    public void Dispose() => Models.Dispose();
}
