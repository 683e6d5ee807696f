using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Fits a pipeline, then unlearns rows from the model: an ordinary estimator, for cross-validation and comparisons.</summary>
/// <typeparam name="TModel">Type of the model.</typeparam>
/// <remarks>
/// A fold of a cross-validation lacks some of the rows to forget. Rows that are not in the data cannot be forgotten and are left out of the request; if none is
/// there, Fit fails.
/// </remarks>
public sealed class UnlearningEstimator<TModel> : IEstimator<TModel> where TModel : class, ITransformer
{
    private readonly IHostEnvironment env;
    private readonly IEstimator<TModel> estimator;
    private readonly UnlearningRequest request;
    private readonly IUnlearnerOptions? options;

    internal UnlearningEstimator(IHostEnvironment env, IEstimator<TModel> estimator, UnlearningRequest request, IUnlearnerOptions? options)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(request.ForgetRowIds);
        options?.Validate();
        this.env = env;
        this.estimator = estimator;
        this.request = request;
        this.options = options;
    }

    /// <summary>Fits and unlearns.</summary>
    /// <param name="input">Training rows.</param>
    /// <exception cref="RowDataException">None of the rows to forget is in the data, or the request is not valid for it.</exception>
    /// <exception cref="ArgumentException">The pipeline has no neural network step, or its steps cannot be refitted as asked for.</exception>
    /// <exception cref="InvalidOperationException">The network is trained without row ids.</exception>
    public TModel Fit(IDataView input)
    {
        var trained = request.RefitPreprocessing ? RefittedPipeline.Fit(env, estimator, input, request.ForgetRowIds.ToHashSet()) : estimator.Fit(input);
        var network = NetworkLocation.Find(trained).Network;
        try
        {
            var state = ModelUnlearner.StateOf(network);
            long[] present = [.. request.ForgetRowIds.Where(state.Knows)];
            if (present.Length == 0 && request.ForgetRowIds.Count > 0)
            {
                throw new RowDataException($"Column '{network.RowIdColumnName}': none of the {request.ForgetRowIds.Count} rows to forget is in the data, e.g. row {request.ForgetRowIds[0]}.", request.ForgetRowIds[0], network.RowIdColumnName);
            }

            var served = new UnlearningRequest { ForgetRowIds = present, Seed = request.Seed };
            return new ModelUnlearner(env).Unlearn(trained, input, served, options, null, CancellationToken.None, request.RefitPreprocessing).Model;
        }
        finally
        {
            // Its other steps live on in the unlearned model.
            network.Dispose();
        }
    }

    /// <summary>The columns of the pipeline; unlearning adds none.</summary>
    /// <param name="inputSchema">Columns before the pipeline.</param>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => estimator.GetOutputSchema(inputSchema);
}
