using Microsoft.ML;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Documentation;

/// <summary>The samples of docs/how-to/tasks.md, word for word between the markers; <see cref="TasksTests"/> compares them and runs them.</summary>
internal static class TasksSample
{
    public static double Binary(MLContext ml, IDataView train, IDataView test, IReadOnlyList<long> forgetIds)
    {
        // Binary begin
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features", "Inputs")
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryOptions { Network = NetworkSpec.Mlp(32, 16), LearningRate = 0.05, Epochs = 40 }));
        using var model = pipeline.Fit(train);
        using var unlearned = model.Unlearn(ml, train, forgetIds);
        var metrics = ml.BinaryClassification.Evaluate(unlearned.Transform(test));
        // Binary end
        return metrics.Accuracy;
    }

    public static double Value(MLContext ml, IDataView train, IDataView test, IReadOnlyList<long> forgetIds)
    {
        // Value begin
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features", "Inputs")
            .Append(ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionOptions { Network = NetworkSpec.Mlp(32, 16) }));
        using var model = pipeline.Fit(train);
        var result = ml.Unlearning.Unlearn(model, train, new UnlearningRequest { ForgetRowIds = forgetIds });
        using var unlearned = result.Model;
        var metrics = ml.Regression.Evaluate(unlearned.Transform(test));
        // Value end
        return metrics.RSquared;
    }

    public static double Outputs(MLContext ml, IDataView train, IDataView test, IReadOnlyList<long> forgetIds)
    {
        // Outputs begin
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features", "Inputs")
            .Append(ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionOptions { LabelColumnName = "Labels", Network = NetworkSpec.Mlp(32, 16) }));
        using var model = pipeline.Fit(train);
        using var unlearned = model.Unlearn(ml, train, forgetIds);
        var metrics = ml.Regression.EvaluateOutputs(unlearned.Transform(test), labelColumnName: "Labels");
        // Outputs end
        return metrics.Average(output => output.RSquared);
    }

    public static double Exact(MLContext ml, IDataView train, IDataView test, IReadOnlyList<long> forgetIds)
    {
        // Exact begin
        var trainer = ml.Regression.Trainers.NeuralNetwork(new NeuralNetworkRegressionOptions
        {
            FeatureColumnName = "Inputs",
            ScaleLabels = false,
            Network = NetworkSpec.Linear(),
            WeightDecay = 1e-2,
            Epochs = 600,
            BatchSize = 500,
            LearningRate = 0.3,
            Schedule = LearningRateSchedule.Cosine,
        });
        using var model = trainer.Fit(train);
        using var unlearned = model.Unlearn(ml, train, forgetIds, new ExactDeletionOptions());
        // Exact end
        return ml.Regression.Evaluate(unlearned.Transform(test)).RSquared;
    }
}
