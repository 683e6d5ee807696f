namespace MLNetUnlearning.Training;

/// <summary>The optimiser's settings; training and fine-tuning share them.</summary>
public abstract class OptimizationOptions
{
    /// <summary>Passes over the rows, at least 1.</summary>
    public int Epochs { get; set; }

    /// <summary>Rows per step, at least 1.</summary>
    public int BatchSize { get; set; }

    /// <summary>How gradients become steps.</summary>
    public OptimizerKind Optimizer { get; set; }

    /// <summary>Peak learning rate, above 0.</summary>
    public double LearningRate { get; set; }

    /// <summary>How the learning rate moves over the steps.</summary>
    public LearningRateSchedule Schedule { get; set; }

    /// <summary>Share of the steps over which the rate rises, from 0 up to but not including 1. Default 0.2. Ignored by constant and exponential schedules.</summary>
    public double WarmupShare { get; set; } = 0.2;

    /// <summary>Momentum, from 0 up to but not including 1. Default 0.9. Ignored by Adam.</summary>
    public double Momentum { get; set; } = 0.9;

    /// <summary>Weight of half the squared norm of all trained tensors in the mean loss, at least 0.</summary>
    public double WeightDecay { get; set; }

    /// <summary>Most worker threads, each running one intra-op thread. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public virtual void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        RequireRange(LearningRate, double.Epsilon, 1e3, nameof(LearningRate));
        RequireRange(WarmupShare, 0, 0.999, nameof(WarmupShare));
        RequireRange(Momentum, 0, 0.9999, nameof(Momentum));
        RequireRange(WeightDecay, 0, 1e3, nameof(WeightDecay));
    }

    /// <summary>A copy with another number of epochs.</summary>
    internal OptimizationOptions WithEpochs(int epochs)
    {
        var copy = (OptimizationOptions)MemberwiseClone();
        copy.Epochs = epochs;
        return copy;
    }

    private protected static void RequireRange(double value, double low, double high, string name)
    {
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {low} to {high}.");
        }
    }
}
