using Microsoft.ML.Data;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Data;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Trainers;

/// <summary>
/// Settings of <see cref="NeuralNetworkTrainer"/> for values, trained with squared error. The label column is a Single, or a vector of Single for several outputs; <see cref="NeuralNetworkOptions.ScoreColumnName"/>
/// receives the same. There is no predicted label, so <see cref="NeuralNetworkOptions.PredictedLabelColumnName"/> is ignored.
/// </summary>
public sealed class NeuralNetworkRegressionOptions : NeuralNetworkOptions
{
    /// <summary>
    /// Creates the defaults, those of classification but for two. The peak rate is 0.02: the curvature of squared error does not fall as the fit gets better. The damping of attribution is 20: at such a rate training
    /// stops well before its optimum, which acts as a ridge of its own, of about 1 / (sum of rates / (1 - momentum)) a row. Train twice as long, and half of it will do.
    /// </summary>
    public NeuralNetworkRegressionOptions()
    {
        LearningRate = 0.02;
        Attribution = new GaussNewtonInfluenceOptions { Damping = 20 };
    }

    /// <summary>
    /// Whether the network learns labels less their mean, divided by their standard deviation, each output by itself. Default true. Scores come in the unit of the labels either way. Without it labels should be
    /// scaled before: the default learning rate is for deviations of about 1, and verification clips residuals at ±100. The scaling is fitted by Fit and kept when rows are forgotten, like preprocessing.
    /// </summary>
    public bool ScaleLabels { get; set; } = true;

    /// <inheritdoc/>
    internal override PredictionTask Task => PredictionTask.Regression;

    /// <inheritdoc/>
    internal override TrainingLoss Loss => TrainingLoss.SquaredError;

    /// <inheritdoc/>
    internal override LabelScaling? Scaling => ScaleLabels ? null : LabelScaling.None;

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> OutputColumnNames => [ScoreColumnName];

    /// <inheritdoc/>
    internal override PredictionHead CreateHead(ReadRows data) => new RegressionHead(ScoreColumnName, data.Scaling!, data.Label.Type is VectorDataViewType);
}
