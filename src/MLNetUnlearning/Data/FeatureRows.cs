namespace MLNetUnlearning.Data;

/// <summary>Rows as they were read, but for their labels.</summary>
/// <param name="Features">Features row by row.</param>
/// <param name="FeatureCount">Number of features of a row.</param>
/// <param name="RowIds">Id of each row.</param>
/// <param name="Groups">Group of each row; empty if there are none.</param>
internal sealed record FeatureRows(ReadOnlyMemory<float> Features, int FeatureCount, long[] RowIds, long[] Groups);
