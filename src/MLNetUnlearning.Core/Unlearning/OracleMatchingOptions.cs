namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="OracleMatching"/>. Defaults: those of <see cref="DatamodelMatchingOptions"/>, so that the two differ in their targets alone.</summary>
public sealed class OracleMatchingOptions : MatchingOptions, IUnlearnerOptions
{
    /// <summary>
    /// Oracles whose mean logits one model matches, at least 1; no two models share any. Default 1: a mean over more oracles varies less than one oracle, and the matched models with it.
    /// </summary>
    public int OraclesPerModel { get; set; } = 1;

    /// <summary>The settings of the published runs on 50,000 images: 10 epochs of Adam, batches of 512, rate 1e-3 times 0.95 an epoch, r = 5, q = 1. On small data that is a handful of steps.</summary>
    public static OracleMatchingOptions AsPublished()
    {
        var options = new OracleMatchingOptions();
        options.Publish(epochs: 10, rate: 1e-3, retain: 5, forget: 1);
        return options;
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(OraclesPerModel, 1);
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new OracleMatching(this);

    internal OracleMatchingOptions Clone() => (OracleMatchingOptions)MemberwiseClone();
}
