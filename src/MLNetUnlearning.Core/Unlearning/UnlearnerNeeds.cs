namespace MLNetUnlearning.Unlearning;

/// <summary>What an unlearning method cannot do without; checked before any work.</summary>
[Flags]
public enum UnlearnerNeeds
{
    /// <summary>Only the trained weights.</summary>
    None = 0,

    /// <summary>The rows to forget.</summary>
    ForgetRows = 1,

    /// <summary>Rows that stay.</summary>
    RetainRows = 2,

    /// <summary>A fitted attributor.</summary>
    Attribution = 4,

    /// <summary>A trainer, with the settings that the models were trained with.</summary>
    Trainer = 8,

    /// <summary>Models retrained without the rows to forget, or a trainer to make them.</summary>
    Oracles = 16,

    /// <summary>Rows with classes: the method is about probabilities, which values have not.</summary>
    Classes = 32,
}
