namespace MLNetUnlearning.Tasks;

/// <summary>Gives the scores of the row that a cursor is on.</summary>
internal delegate ReadOnlySpan<float> CurrentScores();
