namespace MLNetUnlearning.Verification;

/// <summary>What a membership test measures on one model.</summary>
/// <param name="Auc">
/// Probability that a row looks more like a training row of this model than of a model that never saw it, from 0 to 1. 0.5 is what such a model has itself;
/// above, the model remembers; below, it has been pushed further than retraining would (over-forgetting, which gives the rows away just as well).
/// </param>
/// <param name="TwoSidedAuc">The same for the distance from models that never saw the row, in either direction: above 0.5 the rows stand out.</param>
/// <param name="Remembered">True positives at 1 % false positives: share of rows that look more like training rows than 99 % of those under models that never saw them. 0.01 is the null.</param>
/// <param name="OverForgotten">Share of rows that look less like training rows than 99 % of those under models that never saw them. 0.01 is the null.</param>
/// <param name="Rows">Number of rows with enough shadow models of either kind; for values each output of a row counts.</param>
public sealed record MembershipScore(double Auc, double TwoSidedAuc, double Remembered, double OverForgotten, int Rows);
