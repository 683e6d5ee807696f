using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="DatamodelMatching"/>.</summary>
public sealed class DatamodelMatchingOptions : OptimizationOptions, IUnlearnerOptions
{
    /// <summary>Creates the defaults: 2 epochs of Adam, batches of 32, peak rate 5e-3 on a triangular schedule.</summary>
    public DatamodelMatchingOptions()
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

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(ForgetMultiplier, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MinSteps, 1);
        RequireRange(RetainMultiplier, double.Epsilon, 1e6, nameof(RetainMultiplier));
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new DatamodelMatching(this);

    internal DatamodelMatchingOptions Clone() => (DatamodelMatchingOptions)MemberwiseClone();

    /// <summary>These settings for a fine-tuning set of a size, its number of epochs raised to take <see cref="MinSteps"/>.</summary>
    internal DatamodelMatchingOptions For(int entries)
    {
        int stepsPerEpoch = (entries + BatchSize - 1) / BatchSize;
        var copy = Clone();
        copy.Epochs = Math.Max(Epochs, (MinSteps + stepsPerEpoch - 1) / stepsPerEpoch);
        return copy;
    }
}
