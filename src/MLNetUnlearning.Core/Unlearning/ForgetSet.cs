namespace MLNetUnlearning.Unlearning;

/// <summary>A named set of rows to forget, for rehearsals.</summary>
/// <param name="Name">What the rows are, e.g. <c>random-100</c>.</param>
/// <param name="RowIds">Ids of the rows, ascending.</param>
public sealed record ForgetSet(string Name, IReadOnlyList<long> RowIds);
