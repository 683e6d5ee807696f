using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Storage;

/// <summary>What becomes of a network's outputs, in a file.</summary>
/// <param name="Task">Word for the task.</param>
/// <param name="Labels">Values behind the label keys of several classes; null if there are none.</param>
/// <param name="Probability">Column of probabilities of a binary classifier; null for other tasks.</param>
internal sealed record StoredHead(string Task, StoredLabels? Labels = null, string? Probability = null)
{
    private const string Multiclass = "multiclass";
    private const string Binary = "binary";

    /// <summary>Describes a head.</summary>
    public static StoredHead From(PredictionHead head) => head switch
    {
        BinaryHead binary => new(Binary, Probability: binary.ProbabilityColumnName),
        _ => new(Multiclass, StoredLabels.From(((MulticlassHead)head).Labels)),
    };

    /// <summary>Empty settings of the task.</summary>
    /// <exception cref="InvalidDataException">The task is unknown.</exception>
    public Trainers.NeuralNetworkOptions CreateOptions() => Task switch
    {
        Multiclass => new Trainers.NeuralNetworkOptions(),
        Binary => new Trainers.NeuralNetworkBinaryOptions { ProbabilityColumnName = Probability! },
        _ => throw new InvalidDataException($"Models of the kind '{Task}' are unknown to this version."),
    };

    /// <summary>The head.</summary>
    /// <param name="options">Settings of the training.</param>
    /// <param name="outputs">Number of outputs of the network.</param>
    /// <exception cref="InvalidDataException">It does not fit the network.</exception>
    public PredictionHead ToHead(Trainers.NeuralNetworkOptions options, int outputs)
    {
        var labels = Labels?.ToKeyValues();
        if (labels is not null && labels.Count != outputs)
        {
            throw new InvalidDataException($"There are {labels.Count} labels for {outputs} classes.");
        }

        PredictionHead head = options is Trainers.NeuralNetworkBinaryOptions binary
            ? new BinaryHead(binary.ScoreColumnName, binary.ProbabilityColumnName, binary.PredictedLabelColumnName)
            : new MulticlassHead(options.ScoreColumnName, options.PredictedLabelColumnName, outputs, labels);
        return head.OutputCount == outputs ? head : throw new InvalidDataException($"A network of {outputs} outputs does not fit the task '{Task}'.");
    }
}
