using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;

namespace Microsoft.ML;

/// <summary>Adds the neural network trainer to <c>ml.MulticlassClassification.Trainers</c>.</summary>
public static class NeuralNetworkCatalog
{
    /// <summary>Creates a trainer for a neural network classifier that can forget rows later.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Column of labels, a key.</param>
    /// <param name="featureColumnName">Column of features, a vector of Single.</param>
    /// <param name="rowIdColumnName">Column of row ids, unique integers; null for a model that cannot unlearn and trains faster.</param>
    /// <param name="network">The network. Default null: an MLP with 128 and 64 hidden units.</param>
    /// <param name="epochs">Passes over the rows, at least 1.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static NeuralNetworkTrainer NeuralNetwork(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? rowIdColumnName = "RowId",
        NetworkSpec? network = null,
        int epochs = 15) =>
        catalog.NeuralNetwork(TrainerCatalogs.Filled(new NeuralNetworkOptions(), labelColumnName, featureColumnName, rowIdColumnName, network, epochs));

    /// <summary>Creates a trainer for a neural network classifier that can forget rows later.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Settings; checked and copied.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static NeuralNetworkTrainer NeuralNetwork(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, NeuralNetworkOptions options) =>
        TrainerCatalogs.Create(catalog, options, PredictionTask.MulticlassClassification);
}
