namespace MLNetUnlearning.Training;

/// <summary>One model to train: its seed and the rows it must not see.</summary>
/// <param name="Seed">With the row ids it fixes every draw: initial weights and row order.</param>
/// <param name="ExcludedRowIds">Ids of the rows left out of its training.</param>
public sealed record MemberPlan(ulong Seed, IReadOnlyList<long> ExcludedRowIds)
{
    /// <summary>A model that sees all rows.</summary>
    public static MemberPlan Full(ulong seed) => new(seed, []);
}
