namespace MLNetUnlearning.Attribution;

/// <summary>How the Gauss-Newton system is solved.</summary>
public enum InfluenceSolver
{
    /// <summary>In randomly projected gradients: matrices are computed once per bank, a request costs little. Loses what many directions hold together, memorised rows above all.</summary>
    Projected,

    /// <summary>
    /// In all parameters, by conjugate gradients with a Kronecker-factored preconditioner made once per bank: no projection, but every request passes over a sample of the
    /// retained rows again and again.
    /// </summary>
    FullDimension,
}
