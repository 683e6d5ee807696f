using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Data;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Fits a pipeline so that every step before the network has never seen some rows, and the network has seen all of them, as those steps show them. Unlearning the rows from that network leaves
/// nothing fitted on them.
/// </summary>
/// <remarks>
/// ML.NET does not show the estimators inside a chain. So the whole chain is fitted on the rows that stay, with a network that is initialized and not trained; the steps before it are then the ones wanted, and the network is
/// trained on what they make of all rows.
/// </remarks>
internal static class RefittedPipeline
{
    /// <param name="env">The context.</param>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="train">All rows.</param>
    /// <param name="forget">Ids of the rows to forget; ids that are not there are passed over.</param>
    /// <exception cref="ArgumentException">The pipeline has no network step, the data has no row id column, or a step behind the network is fitted on its outputs.</exception>
    public static TModel Fit<TModel>(IHostEnvironment env, IEstimator<TModel> pipeline, IDataView train, IReadOnlySet<long> forget) where TModel : class, ITransformer
    {
        var first = Skeleton(pipeline, train);
        string column = first.Network.RowIdColumnName ?? throw new InvalidOperationException("The model cannot unlearn: it is trained without row ids. Set RowIdColumnName in NeuralNetworkOptions.");
        first.Network.Dispose();
        if (train.Schema.GetColumnOrNull(column) is not { } rowId || !RowIdReader.Supports(rowId.Type))
        {
            throw new ArgumentException($"Preprocessing can be refitted only if row ids are in the data from the start: column '{column}' is not there, or no integer. Add it before the pipeline, or leave refitPreprocessing off.", nameof(train));
        }

        var location = Skeleton(pipeline, new RowsWithout(train, rowId, forget));
        using (location.Network)
        {
            string[] behind = [.. FittedSteps.Names(location, behindNetwork: true)];
            if (behind.Length > 0)
            {
                throw new ArgumentException($"Preprocessing cannot be refitted: {string.Join(", ", behind)} comes after the network and may be fitted on its outputs, which change. Fit such steps on the unlearned model instead.", nameof(pipeline));
            }

            var network = new NeuralNetworkTrainer(env, location.Network.Options).Fit(location.TransformPrefix(train));
            return (TModel)location.Replace(network);
        }
    }

    private static NetworkLocation Skeleton(IEstimator<ITransformer> pipeline, IDataView rows)
    {
        using var untrained = NeuralNetworkTrainer.Untrained();
        return NetworkLocation.Find(pipeline.Fit(rows));
    }
}
