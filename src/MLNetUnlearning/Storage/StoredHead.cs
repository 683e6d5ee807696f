using MLNetUnlearning.Data;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Storage;

/// <summary>What becomes of a network's outputs, in a file.</summary>
/// <param name="Task">Word for the task.</param>
/// <param name="Labels">Values behind the label keys of several classes; null if there are none.</param>
/// <param name="Probability">Column of probabilities of a binary classifier; null for other tasks.</param>
/// <param name="Means">Mean of each label of a regression, by which labels were scaled; null for other tasks.</param>
/// <param name="Deviations">Standard deviation of each, likewise.</param>
/// <param name="IsVector">Whether labels of a regression are vectors.</param>
internal sealed record StoredHead(string Task, StoredLabels? Labels = null, string? Probability = null, IReadOnlyList<float>? Means = null, IReadOnlyList<float>? Deviations = null, bool IsVector = false)
{
    private const string Multiclass = "multiclass";
    private const string Binary = "binary";
    private const string Regression = "regression";

    /// <summary>Describes a head.</summary>
    public static StoredHead From(PredictionHead head) => head switch
    {
        BinaryHead binary => new(Binary, Probability: binary.ProbabilityColumnName),
        RegressionHead regression => new(Regression, Means: regression.Scaling.Means, Deviations: regression.Scaling.Deviations, IsVector: regression.IsVector),
        _ => new(Multiclass, StoredLabels.From(((MulticlassHead)head).Labels)),
    };

    /// <summary>Empty settings of the task.</summary>
    /// <exception cref="InvalidDataException">The task is unknown.</exception>
    public NeuralNetworkOptions CreateOptions() => Task switch
    {
        Multiclass => new NeuralNetworkOptions(),
        Binary => new NeuralNetworkBinaryOptions { ProbabilityColumnName = Probability! },
        Regression => new NeuralNetworkRegressionOptions { ScaleLabels = Means is { } means && Deviations is { } deviations && !new LabelScaling(means, deviations).IsIdentity },
        _ => throw new InvalidDataException($"Models of the kind '{Task}' are unknown to this version."),
    };

    /// <summary>The head.</summary>
    /// <param name="options">Settings of the training.</param>
    /// <param name="outputs">Number of outputs of the network.</param>
    /// <exception cref="InvalidDataException">It does not fit the network.</exception>
    public PredictionHead ToHead(NeuralNetworkOptions options, int outputs)
    {
        var labels = Labels?.ToKeyValues();
        if (labels is not null && labels.Count != outputs)
        {
            throw new InvalidDataException($"There are {labels.Count} labels for {outputs} classes.");
        }

        PredictionHead head = options switch
        {
            NeuralNetworkBinaryOptions binary => new BinaryHead(binary.ScoreColumnName, binary.ProbabilityColumnName, binary.PredictedLabelColumnName),
            NeuralNetworkRegressionOptions => new RegressionHead(options.ScoreColumnName, CheckedScaling(outputs), IsVector),
            _ => new MulticlassHead(options.ScoreColumnName, options.PredictedLabelColumnName, outputs, labels),
        };
        return head.OutputCount == outputs ? head : throw new InvalidDataException($"A network of {outputs} outputs does not fit the task '{Task}'.");
    }

    private LabelScaling CheckedScaling(int outputs) =>
        Means is { } means && Deviations is { } deviations && means.Count == outputs && deviations.Count == outputs && means.All(float.IsFinite) && deviations.All(deviation => deviation > 0 && float.IsFinite(deviation))
            ? new LabelScaling(means, deviations)
            : throw new InvalidDataException($"The scaling of the labels does not fit a network of {outputs} outputs.");
}
