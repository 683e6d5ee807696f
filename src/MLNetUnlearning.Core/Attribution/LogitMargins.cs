using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Margins z_y − log Σ_{c≠y} exp(z_c) as a tensor, which row influence is about.</summary>
internal static class LogitMargins
{
    /// <param name="logits">[models, targets, classes].</param>
    /// <param name="labels">True classes [targets], int64.</param>
    /// <returns>[models, targets].</returns>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        var index = labels.view(1, -1, 1).expand(logits.shape[0], -1, -1);
        var others = logits.scatter(2, index, full_like(index, float.NegativeInfinity, logits.dtype));
        return logits.gather(2, index).squeeze(2).sub(others.logsumexp(2));
    }
}
