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
        using var noGrad = no_grad();
        var question = new AttributionRequest { Rows = rows, ForgetRowIds = forgetRowIds, Targets = features, TargetRowIds = rowIds, Students = models };
        using var change = attributor.Predict(question, progress, cancellationToken);
        using var own = models.Logits(features, cancellationToken: cancellationToken);
        return own.add(change.Values.mul(multiplier)).DetachFromDisposeScope();
    }
}
