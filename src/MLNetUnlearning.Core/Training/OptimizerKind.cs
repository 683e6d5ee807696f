namespace MLNetUnlearning.Training;

/// <summary>How gradients become steps.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum; weight decay is added to the gradient.</summary>
    Sgd,

    /// <summary>Adam (Kingma and Ba, 2015) with beta 0.9 and 0.999; weight decay is added to the gradient.</summary>
    Adam,
}
