using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of fine-tuning towards target outputs, on the forget rows and a random sample of the others.</summary>
public abstract class MatchingOptions : OptimizationOptions
{
    private protected MatchingOptions()
    {
        Epochs = 2;
        BatchSize = 32;
        Optimizer = OptimizerKind.Adam;
        LearningRate = 5e-3;
        Schedule = LearningRateSchedule.Triangular;
    }

    /// <summary>Retain rows in the fine-tuning set, as a multiple r of the number of forget rows, above 0. Default 20, as in the paper. No more than there are.</summary>
    public double RetainMultiplier { get; set; } = 20;

    /// <summary>How often each forget row is in the fine-tuning set (q), at least 1. Default 5, as in the paper.</summary>
    public int ForgetMultiplier { get; set; } = 5;

    /// <summary>
    /// Fewest steps, at least 1: small requests go through their few rows more often than <see cref="OptimizationOptions.Epochs"/> says, until that many
    /// steps are taken. Default 150.
    /// </summary>
    public int MinSteps { get; set; } = 150;

    /// <summary>
    /// A model's fine-tuning ends with the epoch over which its root mean squared distance to the targets was at most this share of the models' distance before any change; from 0 up to
    /// but not including 1. Default 0: all epochs. Only the rows of the fine-tuning set decide, never rows kept for verification.
    /// </summary>
    public double StopResidual { get; set; }

    /// <summary>
    /// How often fine-tuning may be tried again, at least 0. A model whose root mean squared distance to the targets has not fallen to 3/4 of what it was at the start is fine-tuned again from there at a quarter of the
    /// rate, and keeps the nearest end, so that no model ends further from the targets than it began. Default 3. With 0 the rate is taken as it is, as in the paper. Only the rows of the fine-tuning set decide.
    /// </summary>
    public int MaxBacktracks { get; set; } = 3;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        RequireRange(StopResidual, 0, 0.999, nameof(StopResidual));
        ArgumentOutOfRangeException.ThrowIfLessThan(ForgetMultiplier, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinSteps, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxBacktracks);
        RequireRange(RetainMultiplier, double.Epsilon, 1e6, nameof(RetainMultiplier));
    }

    /// <summary>These settings for a fine-tuning set of a size, its number of epochs raised to take <see cref="MinSteps"/>.</summary>
    internal OptimizationOptions For(int entries)
    {
        int stepsPerEpoch = (entries + BatchSize - 1) / BatchSize;
        return WithEpochs(Math.Max(Epochs, (MinSteps + stepsPerEpoch - 1) / stepsPerEpoch));
    }

    /// <summary>Turns the settings into those of the published runs on 50,000 images.</summary>
    private protected void Publish(int epochs, double rate, double retain, int forget)
    {
        (Epochs, LearningRate, RetainMultiplier, ForgetMultiplier) = (epochs, rate, retain, forget);
        BatchSize = 512;
        Schedule = LearningRateSchedule.Exponential;
        MinSteps = 1;
        MaxBacktracks = 0;
    }
}
