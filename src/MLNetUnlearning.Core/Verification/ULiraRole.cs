namespace MLNetUnlearning.Verification;

/// <summary>What a row was to a model, for <see cref="ULira.ForPool"/>.</summary>
public enum ULiraRole
{
    /// <summary>Neither: a row that the model was trained on and kept. Not used.</summary>
    Kept,

    /// <summary>The model was trained on the row and then unlearned it.</summary>
    Forgotten,

    /// <summary>The model was never trained on the row.</summary>
    NeverSeen,
}
