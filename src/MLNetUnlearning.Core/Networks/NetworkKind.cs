namespace MLNetUnlearning.Networks;

/// <summary>The families of networks that can be described, trained, attributed, unlearned and exported.</summary>
public enum NetworkKind
{
    /// <summary>One affine layer: multinomial logistic regression.</summary>
    Linear,

    /// <summary>Affine layers with ReLU between them.</summary>
    Mlp,

    /// <summary>Two 3x3 convolutions with ReLU and 2x2 max pooling, then two affine layers.</summary>
    SmallCnn,

    /// <summary>A nine-layer residual network with batch normalisation.</summary>
    ResNet9,
}
