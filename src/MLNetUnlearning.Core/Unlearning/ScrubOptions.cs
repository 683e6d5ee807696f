using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="Scrub"/>; the defaults are those of the published runs of the Datamodel Matching authors.</summary>
public sealed class ScrubOptions : OptimizationOptions, IUnlearnerOptions
{
    /// <summary>Creates the defaults: 5 epochs of SGD with momentum 0.9 and weight decay 5e-4, batches of 64, constant rate 0.01 with <see cref="DecayEpochs"/>.</summary>
    public ScrubOptions()
    {
        Epochs = 5;
        BatchSize = 64;
        Optimizer = OptimizerKind.Sgd;
        LearningRate = 0.01;
        Schedule = LearningRateSchedule.Constant;
        WeightDecay = 5e-4;
    }

    /// <summary>The first epochs, which push away from the teacher on the forget rows before they go through the retain rows, at least 1. Default 3.</summary>
    public int ForgetEpochs { get; set; } = 3;

    /// <summary>Forget rows per step, from 1 to <see cref="OptimizationOptions.BatchSize"/>. Default 32.</summary>
    public int ForgetBatchSize { get; set; } = 32;

    /// <summary>Temperature T at which outputs are compared with the teacher's, above 0. Default 4.</summary>
    public double Temperature { get; set; } = 4;

    /// <summary>Weight γ of the cross-entropy on retain rows, at least 0. Default 0.99.</summary>
    public double LabelWeight { get; set; } = 0.99;

    /// <summary>Weight α of the divergence from the teacher on retain rows, at least 0. Default 0.1.</summary>
    public double TeacherWeight { get; set; } = 0.1;

    /// <summary>The learning rate falls to a tenth after so many epochs, each time. Default 3, 5 and 9.</summary>
    public IReadOnlyList<int> DecayEpochs { get; set; } = [3, 5, 9];

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(ForgetEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ForgetBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ForgetBatchSize, BatchSize);
        RequireRange(Temperature, 1e-3, 1e3, nameof(Temperature));
        RequireRange(LabelWeight, 0, 1e3, nameof(LabelWeight));
        RequireRange(TeacherWeight, 0, 1e3, nameof(TeacherWeight));
        if (DecayEpochs.Any(epoch => epoch < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(DecayEpochs), string.Join(", ", DecayEpochs), "DecayEpochs must be at least 1 each.");
        }
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new Scrub(this);

    internal ScrubOptions Clone()
    {
        var copy = (ScrubOptions)MemberwiseClone();
        copy.DecayEpochs = [.. DecayEpochs];
        return copy;
    }
}
