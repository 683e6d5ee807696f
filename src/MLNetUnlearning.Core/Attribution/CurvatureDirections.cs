using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// The directions among a row's logits along which cross-entropy curves: √λ·v for the eigenvectors v of diag(p) − ppᵀ, whose eigenvalues λ are at most 1/2. A row that a model is sure of has
/// one or two that matter, or none.
/// </summary>
internal static class CurvatureDirections
{
    /// <param name="logits">[batch, classes].</param>
    /// <param name="floor">Eigenvalues that are not above it are left out.</param>
    /// <returns>The row of each direction, [directions] int64, ascending; and the directions, [directions, classes]. The sum of a row's aaᵀ is its diag(p) − ppᵀ but for what was left out.</returns>
    public static (Tensor Rows, Tensor Directions) Of(Tensor logits, double floor)
    {
        using var scope = NewDisposeScope();
        long classes = logits.shape[1];
        var outputs = logits.to_type(ScalarType.Float64).softmax(1);
        var (values, vectors) = linalg.eigh(outputs.diag_embed().sub_(outputs.unsqueeze(2).mul(outputs.unsqueeze(1))));
        var kept = values.gt(Held(floor)).flatten().nonzero().squeeze(1);
        var directions = vectors.transpose(1, 2).flatten(0, 1).index_select(0, kept).mul_(values.flatten().index_select(0, kept).sqrt_().unsqueeze(1));
        return (kept.div(Held(classes), RoundingMode.floor).MoveToOuterDisposeScope(), directions.to_type(logits.dtype).MoveToOuterDisposeScope());
    }
}
