using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>The margin m = z_y − log Σ_{c≠y} exp(z_c) of a row, by its derivative; see <see cref="Verification.Margins"/>.</summary>
internal static class MarginGradient
{
    /// <summary>Derivative of each row's margin by its logits: one at the true class, minus the softmax over the others.</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch], int64.</param>
    /// <returns>[batch, classes].</returns>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var index = labels.unsqueeze(1);
        var others = logits.scatter(1, index, full_like(index, Held(float.NegativeInfinity), logits.dtype)).softmax(1).neg();
        return others.scatter(1, index, ones_like(index, logits.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>1 − p_y, the probability that the model gives to wrong classes. From the margin, so that it does not cancel to zero on rows that are fitted well.</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">[batch], int64.</param>
    /// <returns>[batch].</returns>
    public static Tensor Doubt(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var index = labels.unsqueeze(1);
        var others = logits.scatter(1, index, full_like(index, Held(float.NegativeInfinity), logits.dtype)).logsumexp(1);
        return others.sub(logits.gather(1, index).squeeze(1)).sigmoid().MoveToOuterDisposeScope();
    }
}
