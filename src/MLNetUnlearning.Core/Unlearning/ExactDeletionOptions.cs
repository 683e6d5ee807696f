namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="ExactDeletion"/>.</summary>
public sealed class ExactDeletionOptions : IUnlearnerOptions
{
    /// <summary>Rows that are held in double precision at a time, at least 1. Default 1024. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 1024;

    /// <inheritdoc/>
    public void Validate() => ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new ExactDeletion(this);

    internal ExactDeletionOptions Clone() => (ExactDeletionOptions)MemberwiseClone();
}
