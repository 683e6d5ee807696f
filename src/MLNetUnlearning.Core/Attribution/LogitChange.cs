using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Predicted logits after retraining without the forget set, minus the logits now.</summary>
public sealed class LogitChange : IDisposable
{
    /// <summary>Takes over the predicted values.</summary>
    /// <param name="values">[targets, classes], one change for all models; or [models, targets, classes], each model's own.</param>
    public LogitChange(Tensor values)
    {
        if (values.dim() is not (2 or 3))
        {
            throw new ArgumentException($"A logit change has two or three axes, not {values.dim()}.", nameof(values));
        }

        Values = values.DetachFromDisposeScope();
    }

    /// <summary>[targets, classes] if one change holds for all models, [models, targets, classes] if each has its own.</summary>
    public Tensor Values { get; }

    /// <summary>Whether each model has its own change.</summary>
    public bool IsPerModel => Values.dim() == 3;

    /// <inheritdoc/>
    public void Dispose() => Values.Dispose();
}
