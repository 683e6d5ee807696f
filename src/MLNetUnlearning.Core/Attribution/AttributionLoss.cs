namespace MLNetUnlearning.Attribution;

/// <summary>The loss whose curvature the Gauss-Newton matrix takes.</summary>
public enum AttributionLoss
{
    /// <summary>Cross-entropy of the softmax: residual p - y, curvature diag(p) - p pᵀ.</summary>
    CrossEntropy,

    /// <summary>Half the squared error against one-hot labels: residual z - y, curvature I. Exact for ridge regression.</summary>
    SquaredError,
}
