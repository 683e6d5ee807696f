namespace MLNetUnlearning.Attribution;

/// <summary>How <see cref="Trak"/> weighs the training rows in the matrix that it inverts; Φ holds one projected margin gradient per row.</summary>
public enum TrakKernel
{
    /// <summary>ΦᵀΦ, all rows alike: the published form. Its scale is arbitrary; only ranks mean something.</summary>
    Unweighted,

    /// <summary>
    /// Φᵀ diag(p(1 − p)) Φ, the curvature of the logistic loss that TRAK is derived from and then drops (Park et al. 2023, section 3.2). Rows that a model is
    /// sure of weigh little. It ranks better and comes out in units of logits. The curvature of squared error is 1, so that ΦᵀΦ is it already.
    /// </summary>
    GaussNewton,
}
