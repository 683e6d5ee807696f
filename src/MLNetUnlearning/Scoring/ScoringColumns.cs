namespace MLNetUnlearning.Scoring;

/// <summary>Names of the columns that scoring reads and writes.</summary>
/// <param name="Features">Column of features.</param>
/// <param name="Score">Column of probabilities.</param>
/// <param name="PredictedLabel">Column of predicted labels.</param>
internal sealed record ScoringColumns(string Features, string Score, string PredictedLabel);
