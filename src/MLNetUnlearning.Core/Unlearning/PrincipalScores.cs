using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Projections of rows on a principal component.</summary>
internal static class PrincipalScores
{
    /// <summary>Projects centred row vectors on one of their principal components.</summary>
    /// <param name="vectors">[rows, dimensions].</param>
    /// <param name="component">From 1, the component of the largest variance.</param>
    /// <returns>One score per row. The sign of a component is arbitrary: the score of the largest absolute value is positive.</returns>
    public static double[] Of(Tensor vectors, int component)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = vectors.to_type(ScalarType.Float64);
        var centred = values.sub(values.mean([0]));
        bool wide = centred.shape[1] > centred.shape[0];
        // The smaller of the two Gram matrices; their eigenvalues are the same.
        var (variances, directions) = linalg.eigh(wide ? centred.mm(centred.t()) : centred.t().mm(centred));
        var direction = directions.select(1, -component);
        var scores = wide ? direction.mul(variances[-component].clamp(min: Held(0)).sqrt()) : centred.mv(direction);
        return [.. scores.mul(scores[scores.abs().argmax()].sign()).ToHost<double>()];
    }
}
