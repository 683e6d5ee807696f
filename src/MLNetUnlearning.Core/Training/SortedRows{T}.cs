using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>Rows in the order of their ids, checked but for their labels.</summary>
/// <typeparam name="T">Type of a label.</typeparam>
/// <param name="RowIds">Ids, ascending.</param>
/// <param name="Features">Features row by row.</param>
/// <param name="Labels">Labels row by row.</param>
/// <param name="Groups">Deletion unit of each row, the caller's numbers; null for none.</param>
internal sealed record SortedRows<T>(long[] RowIds, float[] Features, T[] Labels, long[]? Groups)
{
    /// <summary>The features as a tensor [rows, features] in the current dispose scope.</summary>
    // Cloned, because TorchSharp leaves the values in the managed array, whose alignment varies, and with it the last bits of matrix products.
    public Tensor CreateFeatures(int featureCount) => tensor(Features, [RowIds.Length, featureCount]).clone();
}
