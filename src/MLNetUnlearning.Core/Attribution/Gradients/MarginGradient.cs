using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Gradients;

/// <summary>Gradient of the margin m = z_y − log Σ_{c≠y} exp(z_c) with respect to the logits: one at the true class, minus the softmax over the others.</summary>
internal static class MarginGradient
{
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">True classes [batch], int64.</param>
    /// <returns>[batch, classes].</returns>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        var index = labels.unsqueeze(1);
        var others = logits.scatter(1, index, full_like(index, float.NegativeInfinity, logits.dtype)).softmax(1).neg();
        return others.scatter(1, index, ones_like(index, logits.dtype));
    }
}
