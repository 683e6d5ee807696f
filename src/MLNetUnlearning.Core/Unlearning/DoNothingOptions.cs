namespace MLNetUnlearning.Unlearning;

/// <summary>Chooses <see cref="DoNothing"/>, which has no settings.</summary>
public sealed class DoNothingOptions : IUnlearnerOptions
{
    /// <inheritdoc/>
    public void Validate()
    {
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new DoNothing();
}
