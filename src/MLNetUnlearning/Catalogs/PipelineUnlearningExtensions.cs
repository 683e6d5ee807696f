using MLNetUnlearning.Unlearning;

namespace Microsoft.ML;

/// <summary>Adds <c>Unlearn</c> to pipelines.</summary>
public static class PipelineUnlearningExtensions
{
    /// <summary>
    /// An estimator that fits a pipeline and then unlearns rows. Rows that are not in the data it is fitted on, as in a fold of a cross-validation, are left out of the
    /// request; if none is there, Fit fails.
    /// </summary>
    /// <typeparam name="TModel">Type of the model.</typeparam>
    /// <param name="pipeline">A pipeline with a neural network step, or the step's trainer itself.</param>
    /// <param name="ml">The context, for its log.</param>
    /// <param name="forgetRowIds">Ids of the rows to forget.</param>
    /// <param name="options">Settings of a method, whose type chooses the method. Default null: Datamodel Matching.</param>
    /// <param name="seed">Fixes every draw of the method, together with the row ids.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static UnlearningEstimator<TModel> Unlearn<TModel>(this IEstimator<TModel> pipeline, MLContext ml, IReadOnlyList<long> forgetRowIds, IUnlearnerOptions? options = null, ulong seed = 0)
        where TModel : class, ITransformer =>
        new(ml, pipeline, new UnlearningRequest { ForgetRowIds = forgetRowIds, Seed = seed }, options);
}
