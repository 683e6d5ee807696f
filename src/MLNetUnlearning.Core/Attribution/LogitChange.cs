using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Predicted logits after retraining without the forget set, minus the logits now.</summary>
public sealed class LogitChange : IDisposable
{
    /// <summary>Takes over the predicted values.</summary>
    /// <param name="values">[targets, classes], one change for all models; or [models, targets, classes], each model's own.</param>
    /// <param name="variance">Variance of the error of each value, or null if the method has none.</param>
    public LogitChange(Tensor values, Tensor? variance = null)
    {
        if (values.dim() is not (2 or 3))
        {
            throw new ArgumentException($"A logit change has two or three axes, not {values.dim()}.", nameof(values));
        }

        Values = values.DetachFromDisposeScope();
        Variance = variance?.DetachFromDisposeScope();
    }

    /// <summary>[targets, classes] if one change holds for all models, [models, targets, classes] if each has its own.</summary>
    public Tensor Values { get; }

    /// <summary>Variance of the error of each value around the true mean change, shape of <see cref="Values"/>, in squared logits; null if the method has none.</summary>
    public Tensor? Variance { get; }

    /// <summary>Largest share of the forget set, from 0 to 1, that one bank member was trained without; null if the method does not learn from such members.</summary>
    public double? Coverage { get; init; }

    /// <summary>Why the prediction may be worse than its calibration says, one sentence each; empty if there is no reason.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether each model has its own change.</summary>
    public bool IsPerModel => Values.dim() == 3;

    /// <inheritdoc/>
    public void Dispose()
    {
        Values.Dispose();
        Variance?.Dispose();
    }
}
