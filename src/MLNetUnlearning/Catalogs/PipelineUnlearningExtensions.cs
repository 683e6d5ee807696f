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
    /// <param name="refitPreprocessing">
    /// Whether the steps before the network are fitted without the rows to forget: they never see them, the network is trained on what these steps make of all rows, and then unlearned. What is matched are the outputs of networks retrained on those
    /// same features. Default false: all steps are fitted on all rows. Needs the row id column in the data that goes into the pipeline, and no step behind the network that is fitted on its outputs.
    /// </param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static UnlearningEstimator<TModel> Unlearn<TModel>(
        this IEstimator<TModel> pipeline, MLContext ml, IReadOnlyList<long> forgetRowIds, IUnlearnerOptions? options = null, ulong seed = 0, bool refitPreprocessing = false)
        where TModel : class, ITransformer =>
        new(ml, pipeline, new UnlearningRequest { ForgetRowIds = forgetRowIds, Seed = seed, RefitPreprocessing = refitPreprocessing }, options);
}
