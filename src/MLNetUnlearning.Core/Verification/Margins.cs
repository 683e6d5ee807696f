using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>The scalar by which models are compared: m(x, y) = z_y − log Σ_{c≠y} exp(z_c), the log odds of the true class.</summary>
public static class Margins
{
    /// <summary>Computes margins.</summary>
    /// <param name="logits">[models, rows, classes].</param>
    /// <param name="labels">[rows], int64, from 0.</param>
    /// <returns>[models, rows]; NaN where a logit is NaN.</returns>
    public static float[,] Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var index = labels.view(1, -1, 1).expand(logits.shape[0], -1, -1);
        var others = logits.scatter(2, index, full_like(index, float.NegativeInfinity, logits.dtype));
        var margins = logits.gather(2, index).squeeze(2).sub(others.logsumexp(2));
        var result = new float[logits.shape[0], logits.shape[1]];
        margins.contiguous().data<float>().ToArray().AsSpan().CopyTo(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref result[0, 0], result.Length));
        return result;
    }
}
