namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>How few rows must go for the prediction of one target to flip.</summary>
/// <param name="RowId">Id of the target.</param>
/// <param name="Influential">The smallest size tried at which the rows with the largest predicted influence flipped it; null if none did.</param>
/// <param name="Random">The smallest size tried at which random rows flipped it; null if none did.</param>
public sealed record BrittleTarget(long RowId, int? Influential, int? Random);
