using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The scalars by which models are compared, as a tensor; see <see cref="Verification.Margins"/>.</summary>
internal static class LogitMargins
{
    /// <param name="logits">[models, targets, outputs].</param>
    /// <param name="labels">Classes [targets], int64, or values [targets, outputs].</param>
    /// <returns>[models, targets]; residuals of values are [models, targets x outputs], the outputs of a target beside each other.</returns>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        if (labels.is_floating_point())
        {
            return logits.sub(labels).flatten(1);
        }

        var index = labels.view(1, -1, 1).expand(logits.shape[0], -1, -1);
        var others = logits.scatter(2, index, full_like(index, Held(float.NegativeInfinity), logits.dtype));
        return logits.gather(2, index).squeeze(2).sub(others.logsumexp(2));
    }
}
