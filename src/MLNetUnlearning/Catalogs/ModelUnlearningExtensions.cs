using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace Microsoft.ML;

/// <summary>Adds <c>Unlearn</c> to fitted models.</summary>
public static class ModelUnlearningExtensions
{
    /// <summary>Makes a model forget rows; <see cref="UnlearningCatalog.Unlearn"/> also gives timings and warnings.</summary>
    /// <typeparam name="TModel">Type of the model.</typeparam>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids. It stays as it is.</param>
    /// <param name="ml">The context, for its log.</param>
    /// <param name="train">The rows that the model was trained on, as they went into the pipeline, those to forget included.</param>
    /// <param name="forgetRowIds">Ids of the rows to forget: known, distinct, at least one, and neither all rows nor all rows of a class.</param>
    /// <param name="options">Settings of a method, whose type chooses the method. Default null: Datamodel Matching.</param>
    /// <param name="seed">Fixes every draw of the method, together with the row ids.</param>
    /// <returns>A model of the same type; the caller disposes it.</returns>
    /// <exception cref="RowDataException">The request or a row of the data is not valid.</exception>
    /// <exception cref="ArgumentException">The model has no neural network step, the data does not fit it, or a setting is wrong.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    public static TModel Unlearn<TModel>(this TModel model, MLContext ml, IDataView train, IReadOnlyList<long> forgetRowIds, IUnlearnerOptions? options = null, ulong seed = 0)
        where TModel : class, ITransformer =>
        ml.Unlearning.Unlearn(model, train, new UnlearningRequest { ForgetRowIds = forgetRowIds, Seed = seed }, options).Model;
}
