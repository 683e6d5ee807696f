namespace MLNetUnlearning.Training;

/// <summary>
/// The loss that models are trained with. Training, attribution, unlearning and verification all take it from here: its gradient at the outputs is prediction - target, and its curvature there is what the
/// Gauss-Newton matrix is made of.
/// </summary>
public enum TrainingLoss
{
    /// <summary>Cross-entropy of the softmax of the outputs, for classes: gradient p - y, curvature diag(p) - p pᵀ.</summary>
    CrossEntropy,

    /// <summary>Half the squared error, summed over outputs: gradient z - y, curvature I. For values, and for one-hot classes in ridge regression, where attribution is exact.</summary>
    SquaredError,
}
