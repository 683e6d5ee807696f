using System.Text.Json.Serialization;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="DeletionGaussianProcess"/>.</summary>
public sealed class DeletionGaussianProcessOptions : IAttributorOptions
{
    /// <summary>The calibrated influence that is the mean of the process. Default: the defaults of <see cref="CalibrationOptions"/>.</summary>
    public CalibrationOptions Mean { get; set; } = new();

    /// <summary>
    /// Squared length scales of the similarity between rows to choose from, as multiples of the mean squared distance between rows, each above 0. The one that
    /// predicts left-out bank members best is taken. Default 0.1, 0.2 and 0.4.
    /// </summary>
    public IReadOnlyList<double> LengthScales { get; set; } = [0.1, 0.2, 0.4];

    /// <summary>Noise of one member's outputs to choose from, as multiples of the mean variance of a deletion's effect, each above 0; chosen like the length scale. Default 0.01, 0.03, 0.1, 0.3, 1, 3 and 10.</summary>
    public IReadOnlyList<double> NoiseLevels { get; set; } = [0.01, 0.03, 0.1, 0.3, 1, 3, 10];

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<double> Checkpoints => Mean.Checkpoints;

    /// <inheritdoc/>
    public void Validate()
    {
        Mean.Validate();
        RequirePositive(LengthScales, nameof(LengthScales));
        RequirePositive(NoiseLevels, nameof(NoiseLevels));
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new DeletionGaussianProcess(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        copy.Mean = (CalibrationOptions)Mean.ForTraining(loss, training);
        return copy;
    }

    internal DeletionGaussianProcessOptions Clone() => new() { Mean = Mean.Clone(), LengthScales = [.. LengthScales], NoiseLevels = [.. NoiseLevels] };

    private static void RequirePositive(IReadOnlyList<double> values, string name)
    {
        if (values.Count == 0 || values.Any(value => !(value > 0 && double.IsFinite(value))))
        {
            throw new ArgumentOutOfRangeException(name, $"{name} must be one or more numbers above 0.");
        }
    }
}
