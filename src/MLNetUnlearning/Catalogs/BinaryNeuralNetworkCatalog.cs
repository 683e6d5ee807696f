using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;

namespace Microsoft.ML;

/// <summary>Adds the neural network trainer to <c>ml.BinaryClassification.Trainers</c>.</summary>
public static class BinaryNeuralNetworkCatalog
{
    /// <summary>Creates a trainer for a neural network that says yes or no and can forget rows later.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Column of labels, Boolean.</param>
    /// <param name="featureColumnName">Column of features, a vector of Single.</param>
    /// <param name="rowIdColumnName">Column of row ids, unique integers; null for a model that cannot unlearn and trains faster.</param>
    /// <param name="network">The network. Default null: an MLP with 128 and 64 hidden units.</param>
    /// <param name="epochs">Passes over the rows, at least 1.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static NeuralNetworkTrainer NeuralNetwork(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? rowIdColumnName = "RowId",
        NetworkSpec? network = null,
        int epochs = 15) =>
        catalog.NeuralNetwork(TrainerCatalogs.Filled(new NeuralNetworkBinaryOptions(), labelColumnName, featureColumnName, rowIdColumnName, network, epochs));

    /// <summary>Creates a trainer for a neural network that says yes or no and can forget rows later.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Settings; checked and copied.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static NeuralNetworkTrainer NeuralNetwork(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, NeuralNetworkBinaryOptions options) =>
        TrainerCatalogs.Create(catalog, options, PredictionTask.BinaryClassification);
}
