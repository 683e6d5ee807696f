using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Trainers;

/// <summary>
/// Trains a neural network as a step of an ML.NET pipeline. With a row id column the fitted model also holds what later deletions need: a model
/// bank and fitted attribution.
/// </summary>
public sealed class NeuralNetworkTrainer : IEstimator<NeuralNetworkTransformer>
{
    private static readonly AsyncLocal<bool> OnlyInitialize = new();

    private readonly IHost host;
    private readonly NeuralNetworkOptions options;

    /// <summary>Creates a trainer. <c>ml.MulticlassClassification.Trainers.NeuralNetwork</c> and its like for other tasks are the usual way.</summary>
    /// <param name="env">The MLContext.</param>
    /// <param name="options">Settings; checked and copied. Their type says what models predict.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public NeuralNetworkTrainer(IHostEnvironment env, NeuralNetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.options = options.Clone();
        host = env.Register(nameof(NeuralNetworkTrainer));
        // Drawn here and not in Fit, so that the folds of a cross-validation and repeated fits share it.
        this.options.Seed ??= (ulong)host.Rand.NextInt64();
    }

    /// <summary>Trains a model.</summary>
    /// <param name="input">Training rows; preprocessing has run.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type, or the network does not fit the data.</exception>
    /// <exception cref="RowDataException">A row is bad: repeated id, missing or infinite feature, missing or unseen label.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public NeuralNetworkTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Scorer.ThrowIfUnavailable(options, host);
        using var channel = host.Start("Training");
        var progress = new LoggedProgress(channel, options.Progress);
        using var data = new RowReader(options.Columns, options.Task, options.Scaling, options.HasGroups ? options.GroupColumnName : null).Read(input, null, options.CancellationToken);
        var head = options.CreateHead(data);
        var graph = options.Network.CreateGraph(data.Rows.FeatureCount, head.OutputCount);
        if (options.CanUnlearn)
        {
            var outline = new BankOutline(graph, data.Rows.Count, options.Bank.FullMembers, options.Bank.Members, options.Bank.CheckpointEpochs(options.Epochs)) { Loss = options.Loss };
            options.Attribution.CreateAttributor().Require(outline);
        }

        if (OnlyInitialize.Value)
        {
            using var initial = ModelStack.Initialize(graph, [options.Seed!.Value]);
            return new NeuralNetworkTransformer(options, initial.ToNetwork(), head, null, host);
        }

        var trainer = new Trainer(graph, options.ToTrainerOptions());
        channel.Info(MessageSensitivity.None, $"Training {options.Network} on {data.Rows.Count} rows of {data.Rows.FeatureCount} features and {head.OutputCount} outputs, seed {options.Seed}");
        using var models = trainer.Train(data.Rows, [MemberPlan.Full(options.Seed!.Value)], null, "training", progress, options.CancellationToken);
        var state = options.CanUnlearn ? UnlearningState.Build(trainer, data.Rows, options, progress) : null;
        return new NeuralNetworkTransformer(options, models.Final.ToNetwork(), head, state, host);
    }

    /// <summary>Checks the columns and adds those of the predictions.</summary>
    /// <param name="inputSchema">Columns before the step.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => TrainerSchema.Check(inputSchema, options);

    /// <summary>Until the result is disposed, Fit gives networks with their initial weights, and no bank: for fitting the other steps of a pipeline.</summary>
    internal static IDisposable Untrained()
    {
        OnlyInitialize.Value = true;
        return new Reset();
    }

    /// <summary>The settings, which must not be changed.</summary>
    internal NeuralNetworkOptions Options => options;

    /// <summary>The trainer's host.</summary>
    internal IHost Host => host;

    private sealed class Reset : IDisposable
    {
        public void Dispose() => OnlyInitialize.Value = false;
    }
}
