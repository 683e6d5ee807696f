using MLNetUnlearning.Training;
using MLNetUnlearning.Verification;
using Microsoft.ML;

namespace MLNetUnlearning.Unlearning;

/// <summary>Unlearning and what belongs to it, reached as <c>ml.Unlearning</c>.</summary>
public sealed class UnlearningCatalog
{
    private readonly MLContext ml;

    internal UnlearningCatalog(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        this.ml = ml;
    }

    /// <summary>Makes a model forget rows. The model handed in stays as it is; the new one shares its other steps and can unlearn again.</summary>
    /// <typeparam name="TModel">Type of the model.</typeparam>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids.</param>
    /// <param name="train">The rows that the model was trained on, as they went into the pipeline, those to forget included. Rows unknown to the model are ignored.</param>
    /// <param name="request">Which rows to forget.</param>
    /// <param name="options">Settings of a method, whose type chooses the method. Default null: Datamodel Matching.</param>
    /// <param name="progress">Receives reports, possibly from worker threads. ML.NET's log receives them too.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="RowDataException">
    /// The request is empty, names unknown or repeated rows, all rows or all rows of a class; or a row of the data is bad or missing.
    /// </exception>
    /// <exception cref="ArgumentException">The model has no neural network step, the data does not fit it, or a setting is wrong.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public UnlearningResult<TModel> Unlearn<TModel>(
        TModel model,
        IDataView train,
        UnlearningRequest request,
        IUnlearnerOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where TModel : class, ITransformer
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(request);
        return new ModelUnlearner(ml).Unlearn(model, train, request, options, progress, cancellationToken);
    }

    /// <summary>
    /// Measures how close an unlearning run comes to retraining: trains N students, N oracles without the forgotten rows and N held-out oracles with the
    /// model's settings, unlearns the students and compares the distributions of their outputs.
    /// </summary>
    /// <param name="result">The run. The model it started from must not be disposed yet.</param>
    /// <param name="train">The same rows as for the run.</param>
    /// <param name="test">Rows that no model is trained on. Row ids are optional.</param>
    /// <param name="options">Number of models and seed. Default null: 100 models of each kind.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="RowDataException">A row is bad or missing.</exception>
    /// <exception cref="ArgumentException">The data does not fit the model, or a setting is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The model that the run started from was disposed.</exception>
    public VerificationReport Verify(UnlearningResult result, IDataView train, IDataView test, VerificationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        return ModelVerifier.Verify(ml, result, train, test, options ?? new VerificationOptions(), cancellationToken);
    }
}
