namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="Retrain"/>.</summary>
public sealed class RetrainOptions : IUnlearnerOptions
{
    /// <summary>Share of the training's epochs, above 0 and at most 1; at least one epoch is taken. Default 1: the whole training.</summary>
    public double Share { get; set; } = 1;

    /// <inheritdoc/>
    public void Validate()
    {
        if (Share is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Share), Share, "Share must be above 0 and at most 1.");
        }
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new Retrain(this);

    internal RetrainOptions Clone() => (RetrainOptions)MemberwiseClone();
}
