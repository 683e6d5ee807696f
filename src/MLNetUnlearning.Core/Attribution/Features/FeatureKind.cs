namespace MLNetUnlearning.Attribution.Features;

/// <summary>What stored gradients are gradients of.</summary>
internal enum FeatureKind
{
    /// <summary>The margin of the true class: one projected gradient per row.</summary>
    Margin,

    /// <summary>Every logit: one projected gradient per row and class, class by class.</summary>
    Logits,

    /// <summary>Every logit, not multiplied out: each row's logits, then what differs between classes, then what they share, as in <see cref="Gradients.LogitGradients"/>.</summary>
    Factors,
}
