using Microsoft.ML;
using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Trainers;

/// <summary>What the catalogs of all tasks have in common.</summary>
internal static class TrainerCatalogs
{
    /// <summary>Options with some settings changed.</summary>
    public static TOptions Filled<TOptions>(TOptions options, string label, string features, string? rowId, NetworkSpec? network, int epochs) where TOptions : NeuralNetworkOptions
    {
        options.LabelColumnName = label;
        options.FeatureColumnName = features;
        options.RowIdColumnName = rowId;
        options.Epochs = epochs;
        options.Network = network ?? options.Network;
        return options;
    }

    /// <summary>Creates a trainer with the catalog's environment.</summary>
    /// <exception cref="ArgumentException">The options are those of another task.</exception>
    public static NeuralNetworkTrainer Create(object catalog, NeuralNetworkOptions options, PredictionTask task)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return options.Task == task
            ? new NeuralNetworkTrainer(CatalogEnvironment.Of(catalog), options)
            : throw new ArgumentException($"{options.GetType().Name} has the settings of {options.Task}, not of {task}. Hand it to the catalog of its own task.", nameof(options));
    }
}
