using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>
/// Trains networks on mini-batches: classes by cross-entropy, values by squared error. Deterministic: on one machine and build a model is a function of its seed, the ids of its rows and
/// their contents; the order of the input, the models trained beside it and the number of threads change nothing.
/// </summary>
public sealed class Trainer
{
    private readonly TrainerOptions options;

    /// <summary>Creates a trainer.</summary>
    /// <param name="graph">The network to train.</param>
    /// <param name="options">Settings; checked here.</param>
    public Trainer(NetworkGraph graph, TrainerOptions options)
    {
        options.Validate();
        Graph = graph;
        this.options = options;
    }

    /// <summary>The network that is trained.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>Weight of half the squared norm of the weights in the mean loss.</summary>
    internal double WeightDecay => options.WeightDecay;

    /// <summary>A trainer that takes a share of the epochs, at least one, its learning rate schedule squeezed into them.</summary>
    internal Trainer Shortened(double share) => new(Graph, (TrainerOptions)options.WithEpochs(Math.Max(1, (int)Math.Round(share * options.Epochs))));

    /// <summary>Trains one model per plan, many at once.</summary>
    /// <param name="rows">All rows; each plan leaves out its own.</param>
    /// <param name="members">The models.</param>
    /// <param name="checkpointEpochs">Epochs after which copies of the weights are kept, ascending, from 1; null for none.</param>
    /// <param name="stage">Name of the work in progress reports.</param>
    /// <param name="progress">Receives a report per epoch.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="RowDataException">A plan names an unknown row or leaves out all rows.</exception>
    public TrainedModels Train(
        LabeledRows rows,
        IReadOnlyList<MemberPlan> members,
        IReadOnlyList<int>? checkpointEpochs = null,
        string stage = "training",
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (rows.FeatureCount != Graph.InputSize || rows.OutputCount != Graph.OutputSize)
        {
            throw new RowDataException($"The network takes {Graph.InputSize} features and has {Graph.OutputSize} outputs, but the rows have {rows.FeatureCount} features and {rows.OutputCount} {rows.OutputNoun}.");
        }

        int[] epochs = [.. (checkpointEpochs ?? []).Distinct().Order()];
        if (epochs.Any(epoch => epoch < 1 || epoch > options.Epochs))
        {
            throw new ArgumentOutOfRangeException(nameof(checkpointEpochs), $"Checkpoint epochs must be from 1 to {options.Epochs}; got {string.Join(", ", epochs)}.");
        }

        var batches = new TrainingBatches(rows, members);
        var models = ModelStack.Initialize(Graph, [.. members.Select(member => member.Seed)]);
        var checkpoints = epochs.Select(epoch => (epoch, models.Clone())).ToArray();
        var result = new TrainedModels(models, checkpoints);
        try
        {
            using var objective = new LossObjective(rows);
            var loop = new GradientLoop(options, rows.Features, batches, objective) { MaxStack = options.MaxStack, TrainStatistics = true, Stage = stage };
            loop.Run(models, checkpoints, progress, cancellationToken);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }
}
