namespace MLNetUnlearning.Training;

/// <summary>Settings of <see cref="Trainer"/>.</summary>
public sealed class TrainerOptions : OptimizationOptions
{
    /// <summary>Creates the defaults: 15 epochs, batches of 64, SGD with momentum 0.9, peak rate 0.2 on a triangular schedule, weight decay 5e-4.</summary>
    public TrainerOptions()
    {
        Epochs = 15;
        BatchSize = 64;
        Optimizer = OptimizerKind.Sgd;
        LearningRate = 0.2;
        Schedule = LearningRateSchedule.Triangular;
        WeightDecay = 5e-4;
    }

    /// <summary>Most models in one batched computation, for graphs that support stacking. Default 50. The result does not depend on it.</summary>
    public int MaxStack { get; set; } = 50;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxStack, 1);
    }
}
