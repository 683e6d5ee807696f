using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="ExactKernel"/>; those that <see cref="GaussNewtonInfluenceOptions"/> has too mean the same.</summary>
public sealed class ExactKernelOptions : IAttributorOptions
{
    /// <summary>Most rows that the kernel may cover, at least 1; more are refused. Default 1000: a kernel of 10 classes then takes 800 MB, and three are needed at a time.</summary>
    public int MaxRows { get; set; } = 1000;

    /// <summary>Ridge added to the Gauss-Newton matrix, as a multiple of weight decay x rows; above 0. Default 3.</summary>
    public double Damping { get; set; } = 3;

    /// <summary>Factor on the predicted change, above 0. Default 1.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>Largest prediction that a model contributes to the mean, as a multiple of the median size among the models of its checkpoint, at least 1. Default 1.5.</summary>
    public double OutlierRatio { get; set; } = 1.5;

    /// <summary>Most bank members to average over, at least 1; only members trained on all rows are used. Default 10.</summary>
    public int MaxMembers { get; set; } = 10;

    /// <summary>The loss that the bank was trained with. Default cross-entropy.</summary>
    public TrainingLoss Loss { get; set; } = TrainingLoss.CrossEntropy;

    /// <summary>Weight decay of the training, above 0. Default 5e-4, as the trainer's.</summary>
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Ridge of the margin kernel in <see cref="IRowInfluence.RowInfluence"/>, as a multiple of its mean eigenvalue (over as many as there are rows or parameters, whichever are fewer); above 0. Default 1.</summary>
    public double MarginRidge { get; set; } = 1;

    /// <summary>Rows per forward pass, at least 1. Default 128. The result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>Most worker threads, at least 1; each holds the kernels of a model. Default 1. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = 1;

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRows, 1);
        if (!(MarginRidge > 0 && double.IsFinite(MarginRidge)))
        {
            throw new ArgumentOutOfRangeException(nameof(MarginRidge), MarginRidge, "MarginRidge must be above 0: without a ridge the kernel may be singular.");
        }

        Ensemble().Validate();
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new ExactKernel(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        copy.Loss = loss;
        copy.WeightDecay = training.WeightDecay > 0 ? training.WeightDecay : WeightDecay;
        return copy;
    }

    internal ExactKernelOptions Clone() => (ExactKernelOptions)MemberwiseClone();

    /// <summary>The settings that choose and weigh the models. Nothing is projected, so the size of the projections is the smallest.</summary>
    internal GaussNewtonInfluenceOptions Ensemble() => new()
    {
        ProjectionSize = 1,
        Damping = Damping,
        Multiplier = Multiplier,
        OutlierRatio = OutlierRatio,
        MaxMembers = MaxMembers,
        Loss = Loss,
        WeightDecay = WeightDecay,
        BatchSize = BatchSize,
        MaxWorkers = MaxWorkers,
    };
}
