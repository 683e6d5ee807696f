using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Runtime;
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
            ? new NeuralNetworkTrainer(EnvironmentOf(catalog), options)
            : throw new ArgumentException($"{options.GetType().Name} has the settings of {options.Task}, not of {task}. Hand it to the catalog of its own task.", nameof(options));
    }

    // ML.NET shows a catalog's environment to its own assemblies only. It carries the seed and the log; without it a trainer still works, with a fixed seed.
    private static IHostEnvironment EnvironmentOf(object catalog) =>
        catalog.GetType().GetInterface("Microsoft.ML.Data.IInternalCatalog")
            ?.GetProperty("Environment", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            ?.GetValue(catalog) as IHostEnvironment
        ?? new MLContext(seed: 0);
}
