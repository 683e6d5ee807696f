namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>How well the effect of single rows is predicted.</summary>
/// <param name="RowIds">Ids of the rows that were left out, each alone.</param>
/// <param name="Models">Models per row.</param>
/// <param name="Error">Predicted against true changes, over all rows left out and all targets.</param>
/// <param name="Control">The same with each row's truth set against the prediction for another row: what an attribution scores that knows the targets but not the rows.</param>
public sealed record LeaveOneOutReport(IReadOnlyList<long> RowIds, int Models, TargetError Error, TargetError Control);
