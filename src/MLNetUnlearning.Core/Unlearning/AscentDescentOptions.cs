using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="AscentDescent"/>; the defaults are those of the published runs of the Datamodel Matching authors.</summary>
public sealed class AscentDescentOptions : OptimizationOptions, IUnlearnerOptions
{
    /// <summary>Creates the defaults: 5 epochs of SGD without momentum and weight decay, batches of 64, constant rate 5e-4.</summary>
    public AscentDescentOptions()
    {
        Epochs = 5;
        LearningRate = 5e-4;
        Momentum = 0;
        BatchSize = 64;
        Optimizer = OptimizerKind.Sgd;
        Schedule = LearningRateSchedule.Constant;
    }

    /// <summary>The first epochs, which climb on the forget rows before they descend on the retain rows, at least 1. Default 3.</summary>
    public int AscentEpochs { get; set; } = 3;

    /// <summary>Forget rows per step, from 1 to <see cref="OptimizationOptions.BatchSize"/>. Default 32.</summary>
    public int ForgetBatchSize { get; set; } = 32;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(AscentEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ForgetBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ForgetBatchSize, BatchSize);
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new AscentDescent(this);

    internal AscentDescentOptions Clone() => (AscentDescentOptions)MemberwiseClone();
}
