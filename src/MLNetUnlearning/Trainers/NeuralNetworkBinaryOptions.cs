using MLNetUnlearning.Data;
using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Trainers;

/// <summary>
/// Settings of <see cref="NeuralNetworkTrainer"/> for yes or no. The label column is Boolean; <see cref="NeuralNetworkOptions.ScoreColumnName"/> receives the log odds of true, a Single, and
/// <see cref="NeuralNetworkOptions.PredictedLabelColumnName"/> whether they are above 0, a Boolean.
/// </summary>
public sealed class NeuralNetworkBinaryOptions : NeuralNetworkOptions
{
    /// <summary>Column that receives the probability of true, a Single. Default <c>Probability</c>.</summary>
    public string ProbabilityColumnName { get; set; } = "Probability";

    /// <inheritdoc/>
    internal override PredictionTask Task => PredictionTask.BinaryClassification;

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> OutputColumnNames => [PredictedLabelColumnName, ScoreColumnName, ProbabilityColumnName];

    /// <inheritdoc/>
    internal override PredictionHead CreateHead(ReadRows data) => new BinaryHead(ScoreColumnName, ProbabilityColumnName, PredictedLabelColumnName);
}
