using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;

namespace Microsoft.ML;

/// <summary>Adds the neural network trainer to <c>ml.Regression.Trainers</c>, and the evaluation of several outputs to <c>ml.Regression</c>.</summary>
public static class RegressionNeuralNetworkCatalog
{
    /// <summary>Creates a trainer for a neural network that predicts values and can forget rows later.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Column of labels, a Single, or a vector of Single for several outputs.</param>
    /// <param name="featureColumnName">Column of features, a vector of Single.</param>
    /// <param name="rowIdColumnName">Column of row ids, unique integers; null for a model that cannot unlearn and trains faster.</param>
    /// <param name="network">The network. Default null: an MLP with 128 and 64 hidden units.</param>
    /// <param name="epochs">Passes over the rows, at least 1.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static NeuralNetworkTrainer NeuralNetwork(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? rowIdColumnName = "RowId",
        NetworkSpec? network = null,
        int epochs = 15) =>
        catalog.NeuralNetwork(TrainerCatalogs.Filled(new NeuralNetworkRegressionOptions(), labelColumnName, featureColumnName, rowIdColumnName, network, epochs));

    /// <summary>Creates a trainer for a neural network that predicts values and can forget rows later.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Settings; checked and copied.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static NeuralNetworkTrainer NeuralNetwork(this RegressionCatalog.RegressionTrainers catalog, NeuralNetworkRegressionOptions options) =>
        TrainerCatalogs.Create(catalog, options, PredictionTask.Regression);

    /// <summary>Evaluates each output of a regression of several by ML.NET's evaluator, which takes one number a row.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Scored rows.</param>
    /// <param name="labelColumnName">Column of labels, a vector of Single.</param>
    /// <param name="scoreColumnName">Column of scores, a vector of Single of the same size.</param>
    /// <returns>The metrics of each output, in the order of the vector's slots.</returns>
    /// <exception cref="ArgumentException">A column is missing, is no vector of Single, or the two differ in size.</exception>
    public static IReadOnlyList<RegressionMetrics> EvaluateOutputs(this RegressionCatalog catalog, IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        return OutputEvaluation.Run(catalog, data, labelColumnName, scoreColumnName);
    }
}
