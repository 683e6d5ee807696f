using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>How steeply networks rise around rows: k(x) = ‖f(x) − f(x + ξ)‖ / ‖ξ‖ (Foster et al., arXiv 2402.01401).</summary>
internal static class LocalSlope
{
    /// <summary>Slopes towards a noisy copy of each row, and their gradient in f(x); that of f(x + ξ) is left out, as in the authors' code.</summary>
    /// <param name="outputs">f(x), [rows, outputs].</param>
    /// <param name="moved">f(x + ξ), [rows, outputs].</param>
    /// <param name="distances">‖ξ‖, [rows, 1].</param>
    /// <returns>Slopes [rows, 1] and gradient [rows, outputs]; 0 where the noise moved nothing.</returns>
    public static (Tensor Slopes, Tensor Gradient) Of(Tensor outputs, Tensor moved, Tensor distances)
    {
        using var scope = NewDisposeScope();
        var difference = outputs.sub(moved);
        var rise = difference.pow(Held(2)).sum(1, keepdim: true).sqrt();
        var slopes = rise.div(distances).masked_fill_(distances.eq(Held(0)), Held(0));
        var scale = rise.mul(distances);
        var gradient = difference.div(scale).masked_fill_(scale.eq(Held(0)), Held(0));
        return (slopes.MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }
}
