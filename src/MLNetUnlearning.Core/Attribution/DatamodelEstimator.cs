namespace MLNetUnlearning.Attribution;

/// <summary>How a regression datamodel gets from the outputs of models trained without some rows to one coefficient per row.</summary>
public enum DatamodelEstimator
{
    /// <summary>Mean output of the members that lack the row minus mean output of those that have it (Feldman and Zhang 2020, arXiv 2008.03703). Unbiased for random plans, noisy.</summary>
    EmpiricalInfluence,

    /// <summary>Least squares with a squared penalty, chosen by leave-one-out over members.</summary>
    Ridge,

    /// <summary>Least squares with an absolute penalty, chosen on held-out members (Ilyas et al. 2022, arXiv 2202.00622): most coefficients are zero.</summary>
    Lasso,
}
