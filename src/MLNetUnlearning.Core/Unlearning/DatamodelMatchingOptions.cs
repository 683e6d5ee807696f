using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="DatamodelMatching"/>.</summary>
public sealed class DatamodelMatchingOptions : OptimizationOptions, IUnlearnerOptions
{
    /// <summary>Creates the defaults: 4 epochs of Adam, batches of 32, peak rate 3e-3 on a triangular schedule.</summary>
    public DatamodelMatchingOptions()
    {
        Epochs = 4;
        BatchSize = 32;
        Optimizer = OptimizerKind.Adam;
        LearningRate = 3e-3;
        Schedule = LearningRateSchedule.Triangular;
    }

    /// <summary>Retain rows in the fine-tuning set, as a multiple r of the number of forget rows, above 0. Default 20, as in the paper. No more than there are.</summary>
    public double RetainMultiplier { get; set; } = 20;

    /// <summary>How often each forget row is in the fine-tuning set (q), at least 1. Default 5, as in the paper.</summary>
    public int ForgetMultiplier { get; set; } = 5;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(ForgetMultiplier, 1);
        RequireRange(RetainMultiplier, double.Epsilon, 1e6, nameof(RetainMultiplier));
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new DatamodelMatching(this);

    internal DatamodelMatchingOptions Clone() => (DatamodelMatchingOptions)MemberwiseClone();
}
