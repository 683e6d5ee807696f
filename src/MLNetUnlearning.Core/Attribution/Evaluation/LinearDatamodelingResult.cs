namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>A linear datamodeling score with its uncertainty.</summary>
/// <param name="Score">Mean over targets of the rank correlation, from -1 to 1.</param>
/// <param name="Low">Lower end of the bootstrap interval over subsets, centred on the score.</param>
/// <param name="High">Upper end of the bootstrap interval over subsets.</param>
/// <param name="PerTarget">Rank correlation of each target; 0 for a target whose truth or prediction is the same on all subsets.</param>
/// <param name="Subsets">Number of distinct subsets N.</param>
/// <param name="Models">Number of models behind the truth.</param>
/// <param name="Ceiling">
/// About the score that a perfect predictor of the mean outcome would reach: the truth is a mean over a few random trainings, so it does not agree fully with itself.
/// Square root of the reliability of that mean, by Spearman-Brown from the rank correlation of single models. Null if a subset has one model only.
/// </param>
public sealed record LinearDatamodelingResult(double Score, double Low, double High, IReadOnlyList<double> PerTarget, int Subsets, int Models, double? Ceiling);
