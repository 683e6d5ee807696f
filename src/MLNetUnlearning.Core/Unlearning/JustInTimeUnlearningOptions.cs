namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="JustInTimeUnlearning"/>; the defaults are those of the authors' code for random rows and sub-classes on VGG-11.</summary>
public sealed class JustInTimeUnlearningOptions : IUnlearnerOptions
{
    /// <summary>
    /// Standard deviation of the noise that is added to each feature, above 0, in the unit of the features as the network sees them. Default 0.01; the authors took 0.5 for all rows of a class. Where the network is smooth over such distances,
    /// what counts is <see cref="LearningRate"/> divided by it: gradients are as large as the noise is small.
    /// </summary>
    public double NoiseScale { get; set; } = 0.01;

    /// <summary>Noisy copies of each row, at least 1. Default 25.</summary>
    public int Perturbations { get; set; } = 25;

    /// <summary>Rate of plain gradient descent, above 0. Default 3e-4. The loss is a sum over the rows of a batch, so a rate that suits one batch size is too fast for a larger one.</summary>
    public double LearningRate { get; set; } = 3e-4;

    /// <summary>Passes over the rows to forget, at least 1. Default 1.</summary>
    public int Epochs { get; set; } = 1;

    /// <summary>Rows per step, at least 1. Default 64.</summary>
    public int BatchSize { get; set; } = 64;

    /// <summary>Most worker threads, each with one model. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <inheritdoc/>
    public void Validate()
    {
        RequirePositive(NoiseScale, nameof(NoiseScale));
        ArgumentOutOfRangeException.ThrowIfLessThan(Perturbations, 1);
        RequirePositive(LearningRate, nameof(LearningRate));
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new JustInTimeUnlearning(this);

    internal JustInTimeUnlearningOptions Clone() => (JustInTimeUnlearningOptions)MemberwiseClone();

    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number above 0.");
        }
    }
}
