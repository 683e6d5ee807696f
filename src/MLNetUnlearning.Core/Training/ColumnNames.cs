namespace MLNetUnlearning.Training;

/// <summary>What the caller calls the columns, for messages.</summary>
/// <param name="RowId">Column of row ids.</param>
/// <param name="Features">Column of features.</param>
/// <param name="Label">Column of labels.</param>
public sealed record ColumnNames(string RowId = "RowId", string Features = "Features", string Label = "Label");
