namespace MLNetUnlearning.Unlearning;

/// <summary>Where the target outputs of <see cref="DatamodelMatching"/> come from.</summary>
public enum MatchTargets
{
    /// <summary>Each model's logits plus what attribution predicts: one change for all models, as published, or each model's own where the attributor has one.</summary>
    Attribution,

    /// <summary>Each model's logits plus the change along its own Gauss-Newton step to first order; no attributor is needed.</summary>
    OwnLinearized,

    /// <summary>Each model's logits after its own Gauss-Newton step; no attributor is needed.</summary>
    OwnEvaluated,
}
