using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Outputs that models are predicted to have after retraining without a forget set; computed when asked for. The deletion is solved for once, by the first question. Safe to share between threads.</summary>
/// <remarks>Reads the models, the rows and the attributor it was made with, which must live as long, and owns none of them. Belongs to its <see cref="UnlearningOutcome"/>, which disposes of it.</remarks>
public sealed class PredictedOutputs : IDisposable
{
    private readonly Lock sync = new();
    private readonly ModelStack models;
    private readonly LabeledRows rows;
    private readonly IReadOnlyList<long> forgetRowIds;
    private readonly IFittedAttributor attributor;
    private readonly double multiplier;
    private ISolvedDeletion? solved;
    private bool disposed;

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
        var variance = change.Variance?.mul(Held(multiplier * multiplier)).MoveToOuterDisposeScope();
        return (own.add(change.Values.mul(Held(multiplier)), Held(1)).MoveToOuterDisposeScope(), variance);
    }

    /// <summary>The predicted change itself, without the multiplier.</summary>
    internal LogitChange Change(Tensor features, IReadOnlyList<long?>? rowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Solved(progress, cancellationToken).Predict(features, rowIds, progress, cancellationToken);

    /// <summary>Frees what was solved. Not while it is in use.</summary>
    public void Dispose()
    {
        lock (sync)
        {
            disposed = true;
            solved?.Dispose();
            solved = null;
        }
    }

    private ISolvedDeletion Solved(IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        // Others wait for the first to have solved. If it fails or is cancelled, the next one tries again.
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return solved ??= attributor.Solve(rows, forgetRowIds, models, progress, cancellationToken);
        }
    }
}
