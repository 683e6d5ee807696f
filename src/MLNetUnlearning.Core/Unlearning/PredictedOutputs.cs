using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Outputs that models are predicted to have after retraining without a forget set; computed when asked for.</summary>
/// <remarks>Reads the models, the rows and the attributor it was made with, which must live as long, and owns none of them.</remarks>
public sealed class PredictedOutputs
{
    private readonly ModelStack models;
    private readonly LabeledRows rows;
    private readonly IReadOnlyList<long> forgetRowIds;
    private readonly IFittedAttributor attributor;
    private readonly double multiplier;

    internal PredictedOutputs(ModelStack models, LabeledRows rows, IReadOnlyList<long> forgetRowIds, IFittedAttributor attributor, double multiplier)
    {
        this.models = models;
        this.rows = rows;
        this.forgetRowIds = forgetRowIds;
        this.attributor = attributor;
        this.multiplier = multiplier;
    }

    /// <summary>Predicted logits of every model.</summary>
    /// <param name="features">[targets, features].</param>
    /// <param name="rowIds">Row id of each target that is a training row, null for each that is none. Default null: none is.</param>
    /// <param name="progress">Receives the attributor's reports.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>[models, targets, classes]; the caller owns it.</returns>
    public Tensor Logits(Tensor features, IReadOnlyList<long?>? rowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        return Predict(features, rowIds, progress, cancellationToken).Logits.DetachFromDisposeScope();
    }

    /// <summary>Predicted logits of every model, [models, targets, classes], and the variance of their errors, of the shape of the change; null if the attributor has none. They belong to the current dispose scope.</summary>
    internal (Tensor Logits, Tensor? Variance) Predict(Tensor features, IReadOnlyList<long?>? rowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var change = Change(features, rowIds, progress, cancellationToken);
        using var own = models.Logits(features, cancellationToken: cancellationToken);
        var variance = change.Variance?.mul(multiplier * multiplier).MoveToOuterDisposeScope();
        return (own.add(change.Values.mul(multiplier)).MoveToOuterDisposeScope(), variance);
    }

    /// <summary>The predicted change itself, without the multiplier.</summary>
    internal LogitChange Change(Tensor features, IReadOnlyList<long?>? rowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        attributor.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = forgetRowIds, Targets = features, TargetRowIds = rowIds, Students = models }, progress, cancellationToken);
}
