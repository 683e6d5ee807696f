using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Data;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Serves deletion requests on ML.NET models.</summary>
internal sealed class ModelUnlearner
{
    private readonly IHost host;

    public ModelUnlearner(IHostEnvironment env) => host = env.Register("Unlearning");

    /// <summary>Unlearns rows; the model handed in stays as it is.</summary>
    public UnlearningResult<TModel> Unlearn<TModel>(
        TModel model,
        IDataView train,
        UnlearningRequest request,
        IUnlearnerOptions? options,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken,
        bool refitted = false)
        where TModel : class, ITransformer
    {
        var clock = Stopwatch.StartNew();
        if (request.RefitPreprocessing)
        {
            throw new ArgumentException(
                "A fitted model cannot refit its preprocessing: ML.NET does not keep how its steps were made, and its network knows the features of the old steps alone. "
                + "Fit the pipeline with pipeline.Unlearn(ml, forgetRowIds, refitPreprocessing: true) instead, which trains the network on the refitted features before it unlearns.", nameof(request));
        }

        options ??= new DatamodelMatchingOptions();
        options.Validate();
        var unlearner = options.CreateUnlearner();
        if (unlearner.PredictsOnly)
        {
            throw new ArgumentException($"Method '{unlearner.Name}' predicts outputs and changes no weight, so it has no model to give. Use another method.", nameof(options));
        }

        var location = NetworkLocation.Find(model);
        var network = location.Network;
        var state = StateOf(network);
        using var use = state.Enter();
        using var channel = host.Start("Unlearning");
        using var data = KnownRows(location, train, cancellationToken);
        request.Resolve(data.Rows);

        channel.Info(MessageSensitivity.None, $"Unlearning {request.ForgetRowIds.Count} of {data.Rows.Count} rows by {unlearner.Name}");
        using var models = network.Scorer.With(deployed => deployed.ToStack());
        var context = new UnlearningContext { Models = models, Rows = data.Rows, Attributor = state.Attributor, Trainer = new Trainer(models.Graph, network.Options.ToTrainerOptions()) };
        using var outcome = unlearner.Unlearn(request, context, new LoggedProgress(channel, progress), cancellationToken);
        var left = state.Without(data.Rows, request.ForgetRowIds);
        var unlearned = new NeuralNetworkTransformer(network.Options, outcome.Models.ToNetwork(), network.Head, left, host);
        var kept = refitted ? [] : FittedSteps.Names(location);
        var warnings = Warnings(data, outcome, kept);
        foreach (string warning in warnings)
        {
            channel.Warning(MessageSensitivity.None, warning);
        }

        return new UnlearningResult<TModel>(location, unlearner)
        {
            Model = (TModel)location.Replace(unlearned),
            Request = request,
            AttributionTime = outcome.AttributionTime,
            FineTuningTime = outcome.FineTuningTime,
            TotalTime = clock.Elapsed,
            MatchResidualBefore = outcome.MatchResidualBefore,
            MatchResidualAfter = outcome.MatchResidualAfter,
            PreprocessingFittedOnForgottenRows = kept,
            Warnings = warnings,
        };
    }

    /// <summary>Chooses the settings of a Gauss-Newton step on the deletions of a model's bank.</summary>
    public GaussNewtonStepCalibrationResult CalibrateStep(ITransformer model, IDataView train, GaussNewtonStepCalibrationOptions? options, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var location = NetworkLocation.Find(model);
        var network = location.Network;
        var calibration = new GaussNewtonStepCalibration(options ?? new() { Step = new() { WeightDecay = network.Options.WeightDecay } });
        var state = StateOf(network);
        using var use = state.Enter();
        using var channel = host.Start("CalibrateStep");
        using var data = KnownRows(location, train, cancellationToken);
        return calibration.Calibrate(state.Bank, data.Rows, new LoggedProgress(channel, progress), cancellationToken);
    }

    /// <summary>A model with another attribution.</summary>
    public TModel FitAttribution<TModel>(TModel model, IDataView train, IAttributorOptions attribution, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
        where TModel : class, ITransformer
    {
        var location = NetworkLocation.Find(model);
        var network = location.Network;
        var options = network.Options.Clone();
        options.Attribution = options.Fitting(attribution);
        options.Attribution.Validate();
        var state = StateOf(network);
        using var use = state.Enter();
        using var channel = host.Start("FitAttribution");
        using var data = KnownRows(location, train, cancellationToken);
        var fitted = state.With(data.Rows, options.Attribution, new LoggedProgress(channel, progress), cancellationToken);
        using var weights = network.Scorer.With(deployed => deployed.ToStack());
        return (TModel)location.Replace(new NeuralNetworkTransformer(options, weights.ToNetwork(), network.Head, fitted, host));
    }

    /// <summary>What a model keeps for deletions.</summary>
    /// <exception cref="InvalidOperationException">It keeps nothing.</exception>
    public static UnlearningState StateOf(NeuralNetworkTransformer network) => network.State ?? throw new InvalidOperationException(
        "The model cannot unlearn: it was trained without row ids. Set RowIdColumnName in NeuralNetworkOptions and train it again.");

    /// <summary>Reads the rows that a model knows, as its network sees them.</summary>
    /// <exception cref="RowDataException">A known row is missing or bad.</exception>
    /// <exception cref="ArgumentException">The data does not fit the model.</exception>
    public static ReadRows KnownRows(NetworkLocation location, IDataView train, CancellationToken cancellationToken)
    {
        var state = StateOf(location.Network);
        var data = new RowReader(location.Network.Options.Columns, location.Network.Task, location.Network.Scaling).Read(location.TransformPrefix(train), state.Knows, cancellationToken);
        try
        {
            ModelFit.Check(location.Network, data);
            if (data.Rows.Count != state.RowIds.Count)
            {
                long missing = state.RowIds.First(id => data.Rows.IndexOf(id) < 0);
                string column = data.Rows.Columns.RowId;
                throw new RowDataException(
                    $"Column '{column}': {state.RowIds.Count - data.Rows.Count} rows that the model was trained on are missing, among them row {missing}. Hand in all training rows, those to forget included.",
                    missing,
                    column);
            }

            return data;
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    private static List<string> Warnings(ReadRows data, UnlearningOutcome outcome, IReadOnlyList<string> kept)
    {
        var warnings = new List<string>();
        if (kept.Count > 0)
        {
            warnings.Add($"Steps that were fitted on the forgotten rows, or may have been, are kept as they are: {string.Join(", ", kept)}. Fit the pipeline anew (refitPreprocessing) to have them forget, too.");
        }

        if (data.Skipped > 0)
        {
            warnings.Add($"{data.Skipped} rows of the data are not among those the model was trained on, or were forgotten before; they were ignored.");
        }

        if (outcome.MatchResidualAfter >= outcome.MatchResidualBefore)
        {
            warnings.Add("Fine-tuning did not bring the outputs closer to the predicted ones; try a lower learning rate or more epochs.");
        }

        return warnings;
    }
}
