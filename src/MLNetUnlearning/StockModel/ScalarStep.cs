using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLNetUnlearning.StockModel;

/// <summary>
/// Makes a vector of one element a scalar: a stock regression model y = 1 x + 0. ML.NET has no plain step for it, and its evaluators and key mappings want scalars.
/// </summary>
internal static class ScalarStep
{
    /// <summary>Creates the step, which reads a vector of one Single and writes the scalar to column <c>Score</c>.</summary>
    public static ITransformer Create(MLContext ml, string column)
    {
        var schema = SchemaDefinition.Create(typeof(Point));
        schema[nameof(Point.X)].ColumnName = column;
        var points = ml.Data.LoadFromEnumerable<Point>([new() { X = [1], Y = 1 }, new() { X = [-1], Y = -1 }], schema);

        // From weight and bias 0, a step of 2 x 0.25 on the first point's error of 1 leads to 1/2 and 1/2, on the second point's to exactly 1 and 0.
        var step = ml.Regression.Trainers.OnlineGradientDescent(new OnlineGradientDescentTrainer.Options
        {
            FeatureColumnName = column,
            LabelColumnName = nameof(Point.Y),
            LearningRate = 0.25f,
            NumberOfIterations = 1,
            DecreaseLearningRate = false,
            L2Regularization = 0,
            Averaged = false,
            Shuffle = false,
            LazyUpdate = false,
        }).Fit(points);
        return step.Model.Weights is [1f] && step.Model.Bias == 0
            ? step
            : throw new InvalidOperationException($"ML.NET fitted weight {step.Model.Weights[0]} and bias {step.Model.Bias} instead of 1 and 0, so a stock model would predict wrong classes.");
    }

    private sealed class Point
    {
        [VectorType(1)]
        public float[] X { get; set; } = [];

        public float Y { get; set; }
    }
}
