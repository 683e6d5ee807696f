namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>The coefficients of one output that are not zero.</summary>
/// <param name="Rows">Positions of the rows.</param>
/// <param name="Values">Their coefficients.</param>
internal sealed record SparseWeights(int[] Rows, double[] Values)
{
    public static SparseWeights Zero { get; } = new([], []);
}
