namespace MLNetUnlearning.Verification;

/// <summary>How often the attack of <see cref="ULira"/> is right.</summary>
/// <param name="Accuracy">Mean over attacked models of the share of points told rightly, from 0 to 1. 0.5 is a coin: nothing left to find.</param>
/// <param name="Deviation">Standard deviation over attacked models.</param>
/// <param name="Interval">Bootstrap interval of <paramref name="Accuracy"/> over attacked models.</param>
/// <param name="Targets">Number of attacked models (N).</param>
/// <param name="Rows">Number of rows on which models are attacked.</param>
public sealed record ULiraResult(double Accuracy, double Deviation, ConfidenceInterval Interval, int Targets, int Rows);
