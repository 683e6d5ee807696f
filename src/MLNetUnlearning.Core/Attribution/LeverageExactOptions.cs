using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="LeverageExact"/>.</summary>
public sealed class LeverageExactOptions : IAttributorOptions
{
    /// <summary>The loss that the models were trained with. Default squared error, for which the result is exact.</summary>
    public TrainingLoss Loss { get; set; } = TrainingLoss.SquaredError;

    /// <summary>Weight of half the squared norm of weights and bias in the mean loss, above 0. Default 5e-4, as the trainer's.</summary>
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>
    /// Whether the ridge stays weight decay x all rows when rows leave, as textbook formulas have it. Default false: it is weight decay x rows left, as when the mean loss of the
    /// rows left is trained with the same weight decay.
    /// </summary>
    public bool KeepRidge { get; set; }

    /// <summary>Newton steps on the loss without the forget rows, at least 1. Default 4. Cross-entropy only: squared error needs one and takes one.</summary>
    public int Steps { get; set; } = 4;

    /// <summary>Rows that are held in double precision at a time, at least 1. Default 1024. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 1024;

    /// <inheritdoc/>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (!(WeightDecay > 0 && double.IsFinite(WeightDecay)))
        {
            throw new ArgumentOutOfRangeException(nameof(WeightDecay), WeightDecay, "WeightDecay must be above 0.");
        }

        if (!Enum.IsDefined(Loss))
        {
            throw new ArgumentOutOfRangeException(nameof(Loss), Loss, "Loss must be cross-entropy or squared error.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new LeverageExact(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        copy.Loss = loss;
        copy.WeightDecay = training.WeightDecay > 0 ? training.WeightDecay : WeightDecay;
        return copy;
    }

    internal LeverageExactOptions Clone() => (LeverageExactOptions)MemberwiseClone();
}
