using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Verification;

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
    /// Chooses damping, multiplier and shrinkage of a <see cref="GaussNewtonStep"/> on the model bank's own deletions, once for all requests: hand <see cref="GaussNewtonStepCalibrationResult.Chosen"/> to
    /// <see cref="Unlearn"/>, or to <see cref="DatamodelMatchingOptions.OwnStep"/>. The model does not change.
    /// </summary>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids.</param>
    /// <param name="train">The rows that the model was trained on, as they went into the pipeline.</param>
    /// <param name="options">What to try. Default null: the defaults, with the weight decay of the model's training.</param>
    /// <param name="progress">Receives a report per deletion, possibly from worker threads. ML.NET's log receives them too.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="RowDataException">A row is bad or missing.</exception>
    /// <exception cref="ArgumentException">The model has no neural network step, the data does not fit it, a setting is wrong, or no member of the bank lacks rows.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public GaussNewtonStepCalibrationResult CalibrateStep(
        ITransformer model,
        IDataView train,
        GaussNewtonStepCalibrationOptions? options = null,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        return new ModelUnlearner(ml).CalibrateStep(model, train, options, progress, cancellationToken);
    }

    /// <summary>
    /// A model like the one handed in, whose deletions go by another attribution, fitted on the bank that the model has: nothing is trained. The model handed in stays as it is; the two share the bank and all other
    /// steps.
    /// </summary>
    /// <typeparam name="TModel">Type of the model.</typeparam>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids.</param>
    /// <param name="train">The rows that the model was trained on, as they went into the pipeline.</param>
    /// <param name="attribution">Settings of the attribution, whose type chooses the method; loss and weight decay are those of the model's training.</param>
    /// <param name="progress">Receives reports, possibly from worker threads. ML.NET's log receives them too.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="RowDataException">A row is bad or missing.</exception>
    /// <exception cref="ArgumentException">The model has no neural network step, the data does not fit it, a setting is wrong, or the method cannot be fitted on such a bank.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public TModel FitAttribution<TModel>(
        TModel model,
        IDataView train,
        IAttributorOptions attribution,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where TModel : class, ITransformer
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(attribution);
        return new ModelUnlearner(ml).FitAttribution(model, train, attribution, progress, cancellationToken);
    }

    /// <summary>
    /// An estimator whose transformer runs the model and adds, for each row, the training rows that most raised and most lowered the margin of the predicted class: <c>InfluentialRowIds</c> and <c>InfluenceScores</c>.
    /// See <see cref="InfluenceTransformer"/> for order, sign and units.
    /// </summary>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids. It stays as it is and must live as long as the transformer.</param>
    /// <param name="train">The rows that the model was trained on, as they went into the pipeline.</param>
    /// <param name="options">Settings. Default null: ten rows on each side, by the model's own attribution.</param>
    /// <exception cref="ArgumentException">The model has no neural network step, or a setting is wrong.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    /// <exception cref="NotSupportedException">The model predicts no classes.</exception>
    public InfluenceEstimator Attribute(ITransformer model, IDataView train, AttributionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        return new InfluenceEstimator(ml, model, train, options ?? new AttributionOptions());
    }

    /// <summary>
    /// An estimator whose transformer runs the model and adds, for each row, the score that the model is predicted to give once some rows are forgotten, with its 90 % interval where attribution has a variance: <c>PredictedScore</c>,
    /// <c>PredictedScoreLower</c> and <c>PredictedScoreUpper</c>. The model does not change: a preview of a request.
    /// </summary>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids. It stays as it is and must live as long as the transformer.</param>
    /// <param name="train">The rows that the model was trained on, as they went into the pipeline, those to forget included.</param>
    /// <param name="forgetRowIds">Ids of the rows: known, distinct, at least one, and neither all rows nor all rows of a class.</param>
    /// <param name="options">Settings. Default null: the defaults.</param>
    /// <exception cref="ArgumentException">The model has no neural network step, or a setting is wrong.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    public ForgottenScoreEstimator PredictForgotten(ITransformer model, IDataView train, IReadOnlyList<long> forgetRowIds, PredictForgottenOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(forgetRowIds);
        return new ForgottenScoreEstimator(ml, model, train, new UnlearningRequest { ForgetRowIds = [.. forgetRowIds] }, options ?? new PredictForgottenOptions());
    }

    /// <summary>
    /// Measures how close an unlearning run comes to retraining: trains N students, N oracles without the forgotten rows and N held-out oracles with the
    /// model's settings, unlearns the students and compares the distributions of their outputs. The run's own model takes a membership test among them.
    /// </summary>
    /// <param name="result">The run. Neither the model it started from nor the one it gave must be disposed yet.</param>
    /// <param name="train">The same rows as for the run.</param>
    /// <param name="test">Rows that no model is trained on. Row ids are optional.</param>
    /// <param name="options">Number of models and seed. Default null: 100 models of each kind.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="RowDataException">A row is bad or missing.</exception>
    /// <exception cref="ArgumentException">The data does not fit the model, or a setting is wrong.</exception>
    /// <exception cref="ObjectDisposedException">A model of the run was disposed.</exception>
    public VerificationReport Verify(UnlearningResult result, IDataView train, IDataView test, VerificationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        return ModelVerifier.Verify(ml, result, train, test, options ?? new VerificationOptions(), cancellationToken);
    }

    /// <summary>
    /// Audits an unlearning run without retraining for it: tests the run's model for membership against the model bank, compares it with predicted outputs, whose errors it measures
    /// on the bank's deletions, and looks for damage. The other mode of <see cref="Verify"/>: far cheaper and weaker; the report says what it did not test.
    /// </summary>
    /// <param name="result">The run. Neither the model it started from nor the one it gave must be disposed yet.</param>
    /// <param name="train">The same rows as for the run.</param>
    /// <param name="test">Rows that no model is trained on. Row ids are optional.</param>
    /// <param name="options">Settings. Default null: the defaults.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="RowDataException">A row is bad or missing.</exception>
    /// <exception cref="ArgumentException">The data does not fit the model, the bank has fewer than 3 members trained on all rows, or a setting is wrong.</exception>
    /// <exception cref="ObjectDisposedException">A model of the run was disposed.</exception>
    public AuditReport Audit(UnlearningResult result, IDataView train, IDataView test, AuditOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        return ModelVerifier.Audit(ml, result, train, test, options ?? new AuditOptions(), cancellationToken);
    }

#pragma warning disable RS0026 // Two overloads with optional parameters: the type of the target tells them apart, however many arguments are given.
    /// <summary>
    /// Writes a whole model, from the caller's columns to the predicted label, as one ONNX file. Sample rows are scored both ways first; a file that differs is not
    /// written, and an older file is replaced whole or not at all. Every column that an exported step makes is compared, so that the step at fault can be named.
    /// </summary>
    /// <param name="model">A fitted pipeline with a neural network step. Steps after it are not exported.</param>
    /// <param name="sample">Rows like those the model was trained on; the first 256 (<see cref="OnnxExportOptions.MaximumCheckedRows"/>) go both ways.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">Settings. Default null: the newest operator set and ML.NET's column names.</param>
    /// <returns>What was written and how it compared.</returns>
    /// <exception cref="ArgumentException">The model has no neural network step, or names collide.</exception>
    /// <exception cref="UnsupportedOnnxExportException">A step that the features depend on has no ONNX form here; the message names it.</exception>
    /// <exception cref="OnnxParityException">The ONNX model scores the sample otherwise, or there are no sample rows.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public OnnxExportReport ExportOnnx(ITransformer model, IDataView sample, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Export(network => PipelineOnnxExporter.Export([model], sample, network, path, options), model);
    }

    /// <summary>Writes a whole model, checked in the same way, to a stream. Nothing is written if the check fails.</summary>
    /// <param name="model">A fitted pipeline with a neural network step. Steps after it are not exported.</param>
    /// <param name="sample">Rows like those the model was trained on; the first 256 (<see cref="OnnxExportOptions.MaximumCheckedRows"/>) go both ways.</param>
    /// <param name="stream">The stream; not closed.</param>
    /// <param name="options">Settings. Default null: the newest operator set and ML.NET's column names.</param>
    /// <returns>What was written and how it compared.</returns>
    /// <exception cref="ArgumentException">The model has no neural network step, or names collide.</exception>
    /// <exception cref="UnsupportedOnnxExportException">A step that the features depend on has no ONNX form here; the message names it.</exception>
    /// <exception cref="OnnxParityException">The ONNX model scores the sample otherwise, or there are no sample rows.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public OnnxExportReport ExportOnnx(ITransformer model, IDataView sample, Stream stream, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(stream);
        return Export(
            network =>
            {
                var (file, report) = PipelineOnnxExporter.Create([model], sample, network, "", options);
                stream.Write(file);
                return report;
            },
            model);
    }
#pragma warning restore RS0026

    /// <summary>Lists the steps of a model and whether <see cref="ExportOnnx(ITransformer, IDataView, string, OnnxExportOptions)"/> can write them. No row is read.</summary>
    /// <param name="model">A fitted pipeline with a neural network step.</param>
    /// <param name="inputSchema">
    /// Columns of the rows that go into the pipeline. Default null: steps are judged by their kind alone. With it every column of every step is tried, and the answer is that of the export.
    /// </param>
    /// <returns>One entry for each step, chains taken apart, in their order.</returns>
    /// <exception cref="ArgumentException">The model has no neural network step, or the columns do not fit it.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "Reached as ml.Unlearning.CanExport, like its siblings.")]
    public IReadOnlyList<OnnxStepSupport> CanExport(ITransformer model, DataViewSchema? inputSchema = null)
    {
        var network = NetworkLocation.Find(model).Network;
        return network.Scorer.With(_ => PipelineSupport.List([model], network, inputSchema));
    }

    /// <summary>
    /// Saves a model with what later deletions need. The file is also a stock model file: <c>ml.Model.Load</c> loads it for scoring in a process without this
    /// library. An older file is replaced whole or not at all.
    /// </summary>
    /// <remarks>
    /// The file holds the ids of the training rows and models trained on them: personal data, if the rows are. Forgotten rows' ids are not in it.
    /// </remarks>
    /// <param name="model">A fitted pipeline with a neural network step that was trained with row ids.</param>
    /// <param name="inputSchema">Schema of the rows that go into the pipeline.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The model has no neural network step.</exception>
    /// <exception cref="InvalidOperationException">The model was trained without row ids.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(ITransformer model, DataViewSchema inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputSchema);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ModelFileWriter.Save(ml, model, inputSchema, path);
    }

    /// <summary>
    /// Loads a model saved with <see cref="Save"/>, able to unlearn: the same deletion gives the same model as if it had never been saved. Every entry is compared with
    /// its checksum first; checksums find damage, not forgery, so load files from trusted places only.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="inputSchema">Schema of the rows that go into the pipeline.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The file has no unlearning data, is damaged or cut short, or comes from a newer version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ITransformer Load(string path, out DataViewSchema inputSchema)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return ModelFileReader.Load(ml, path, out inputSchema);
    }

    private OnnxExportReport Export(Func<NeuralNetworkTransformer, OnnxExportReport> export, ITransformer model)
    {
        var network = NetworkLocation.Find(model).Network;
        var report = network.Scorer.With(_ => export(network));
        using var channel = ((IHostEnvironment)ml).Register("OnnxExport").Start("Export");
        channel.Info(MessageSensitivity.None, $"Exported {report.Bytes} bytes of ONNX; largest difference on {report.RowsChecked} rows {report.MaxAbsDifference}");
        return report;
    }
}
