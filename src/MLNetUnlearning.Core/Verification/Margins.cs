using MLNetUnlearning.Attribution;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>
/// The scalars by which models are compared: for classes the log odds of the true one, m(x, y) = z_y − log Σ_{c≠y} exp(z_c); for values the residual of each output, z − y.
/// </summary>
/// <remarks>
/// With two classes the margin is the difference of the two logits, with the sign of the label. A residual says the same as its output of one row, whose target is fixed, and can be compared between rows.
/// </remarks>
public static class Margins
{
    /// <summary>Computes margins.</summary>
    /// <param name="logits">[models, rows, outputs].</param>
    /// <param name="labels">Classes [rows], int64, from 0; or values [rows, outputs].</param>
    /// <returns>[models, rows], or [models, rows x outputs] for values, the outputs of a row beside each other; NaN where an output is NaN.</returns>
    public static float[,] Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var margins = LogitMargins.Of(logits, labels);
        var result = new float[margins.shape[0], margins.shape[1]];
        margins.ToHost<float>().AsSpan().CopyTo(System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref result[0, 0], result.Length));
        return result;
    }
}
