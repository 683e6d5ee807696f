using Microsoft.ML;
using Microsoft.ML.Data;

namespace ExistingPipeline;

/// <summary>How a model does, by ML.NET's own evaluator, and what it says of the forgotten rows.</summary>
/// <param name="Test">Metrics on rows that no model was trained on.</param>
/// <param name="Forgotten">Metrics on the rows to forget.</param>
/// <param name="ForgottenProbabilities">Probability of an income above 50,000 dollars, for each of the rows to forget.</param>
internal sealed record Metrics(CalibratedBinaryClassificationMetrics Test, CalibratedBinaryClassificationMetrics Forgotten, float[] ForgottenProbabilities)
{
    public static Metrics Of(MLContext ml, ITransformer model, IDataView test, IDataView forgotten)
    {
        var scored = model.Transform(forgotten);
        return new Metrics(ml.BinaryClassification.Evaluate(model.Transform(test)), ml.BinaryClassification.Evaluate(scored), [.. scored.GetColumn<float>("Probability")]);
    }

    /// <summary>Mean difference of the probabilities on the forgotten rows from another model's.</summary>
    public double DistanceFrom(Metrics other) => ForgottenProbabilities.Zip(other.ForgottenProbabilities, (a, b) => Math.Abs((double)a - b)).Average();
}
