using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>A task with made-up data and a small model, for tests that hold for every task.</summary>
/// <param name="Name">Name.</param>
/// <param name="Train">Training rows.</param>
/// <param name="Test">Test rows.</param>
/// <param name="Forget">Rows whose labels are wrong.</param>
/// <param name="Pipeline">Scaling and network, with a seed.</param>
/// <param name="Evaluate">What ML.NET's evaluators say of scored rows.</param>
/// <param name="Csv">The test rows as lines, the input columns in order.</param>
internal sealed record TaskCase(
    string Name,
    Func<MLContext, IDataView> Train,
    Func<MLContext, IDataView> Test,
    long[] Forget,
    Func<MLContext, ulong, EstimatorChain<NeuralNetworkTransformer>> Pipeline,
    Func<MLContext, IDataView, double[]> Evaluate,
    Func<string[]> Csv)
{
    public static TaskCase Of(string name) => All.Single(task => task.Name == name);

    private static IReadOnlyList<TaskCase> All { get; } =
    [
        new(
            "binary",
            BinaryData.TrainView,
            BinaryData.TestView,
            BinaryData.Mislabelled,
            (ml, seed) => BinaryData.Pipeline(ml, WithSeed(BinaryData.SmallOptions(), seed)),
            (ml, scored) => ml.BinaryClassification.Evaluate(scored) is var metrics ? [metrics.Accuracy, metrics.AreaUnderRocCurve, metrics.LogLoss] : [],
            () => [.. BinaryData.Test.Select(row => $"{row.RowId},{Numbers(row.Inputs)},{row.Label}")]),
        new(
            "regression",
            RegressionData.TrainView,
            RegressionData.TestView,
            RegressionData.Spoiled,
            (ml, seed) => RegressionData.Pipeline(ml, WithSeed(RegressionData.SmallOptions(), seed)),
            (ml, scored) => ml.Regression.Evaluate(scored) is var metrics ? [metrics.RSquared, metrics.RootMeanSquaredError, metrics.MeanAbsoluteError] : [],
            RegressionLines),
        new(
            "outputs",
            RegressionData.TrainView,
            RegressionData.TestView,
            RegressionData.Spoiled,
            (ml, seed) => RegressionData.Pipeline(ml, WithSeed(RegressionData.SmallOptions(label: "Labels"), seed)),
            (ml, scored) => [.. ml.Regression.EvaluateOutputs(scored, "Labels").Select(metrics => metrics.RSquared)],
            RegressionLines),
    ];

    private static TOptions WithSeed<TOptions>(TOptions options, ulong seed) where TOptions : NeuralNetworkOptions
    {
        options.Seed = seed;
        return options;
    }

    private static string[] RegressionLines() => [.. RegressionData.Test.Select(row => $"{row.RowId},{Numbers(row.Inputs)},{Numbers([row.Label])},{Numbers(row.Labels)}")];

    private static string Numbers(float[] values) => string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
}
