namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="DatamodelDirect"/>.</summary>
public sealed class DatamodelDirectOptions : IUnlearnerOptions
{
    /// <summary>Factor on the predicted change, above 0. Default 1.</summary>
    public double Multiplier { get; set; } = 1;

    /// <inheritdoc/>
    public void Validate()
    {
        if (!(Multiplier > 0 && double.IsFinite(Multiplier)))
        {
            throw new ArgumentOutOfRangeException(nameof(Multiplier), Multiplier, "Multiplier must be above 0.");
        }
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new DatamodelDirect(this);

    internal DatamodelDirectOptions Clone() => (DatamodelDirectOptions)MemberwiseClone();
}
