namespace MLNetUnlearning.Verification;

/// <summary>How the outputs of models differ from those of oracles on a set of rows, beside KLoM.</summary>
/// <param name="Accuracy">Mean share of rows classified rightly, minus the oracles'; from -1 to 1. For values the difference of R².</param>
/// <param name="Loss">Mean training loss, cross-entropy in nats or half the squared error, minus the oracles'; not a number if a model has broken.</param>
/// <param name="Confidence">Mean probability of the predicted class, minus the oracles'; from -1 to 1. Not a number for values.</param>
/// <param name="KolmogorovSmirnovMean">Largest distance between the distribution functions of a row's margin over models and over oracles, from 0 to 1; mean over rows.</param>
/// <param name="KolmogorovSmirnovP95">95th percentile over rows of the same.</param>
/// <param name="JensenShannonMean">Jensen-Shannon divergence in nats between a row's class probabilities averaged over models and over oracles, from 0 to ln 2; mean over rows. Not a number for values.</param>
/// <param name="JensenShannonP95">95th percentile over rows of the same.</param>
public sealed record OutputGaps(
    double Accuracy,
    double Loss,
    double Confidence,
    double KolmogorovSmirnovMean,
    double KolmogorovSmirnovP95,
    double JensenShannonMean,
    double JensenShannonP95)
{
    /// <summary>Compares models with oracles.</summary>
    internal static OutputGaps Of(OutputSample models, OutputSample oracles)
    {
        double[] distances = KolmogorovSmirnov.PerRow(models.Margins, oracles.Margins);
        bool classes = models.MeanProbabilities.GetLength(1) > 0;
        double[] divergences = classes ? JensenShannon.PerRow(models.MeanProbabilities, oracles.MeanProbabilities) : [double.NaN];
        return new OutputGaps(
            models.Accuracy - oracles.Accuracy,
            models.Loss - oracles.Loss,
            models.Confidence - oracles.Confidence,
            distances.Average(),
            Percentile.Of(distances, 0.95),
            divergences.Average(),
            Percentile.Of(divergences, 0.95));
    }
}
