using System.Text.Json.Serialization;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="Trak"/>.</summary>
public sealed class TrakOptions : IAttributorOptions
{
    /// <summary>Dimensions kept on each side of a layer's gradient (k x k per layer), at least 1. Default 16. Sides that are no longer stay whole.</summary>
    public int ProjectionSize { get; set; } = 16;

    /// <summary>Loss that the models were trained with. Default cross-entropy. With squared error a row counts by its residual instead of 1 − p, output by output; models of values need it.</summary>
    public TrainingLoss Loss { get; set; } = TrainingLoss.CrossEntropy;

    /// <summary>How rows weigh in the kernel. Default <see cref="TrakKernel.GaussNewton"/>; <see cref="TrakKernel.Unweighted"/> is the published form. With squared error both are the same.</summary>
    public TrakKernel Kernel { get; set; } = TrakKernel.GaussNewton;

    /// <summary>
    /// Ridge λ added to the kernel, as a multiple of its mean eigenvalue (trace over the smaller of rows and dimensions), which makes it carry over between
    /// networks and data sets; above 0. Default 0.5. Choose it by the linear datamodeling score on models that do not grade the result.
    /// </summary>
    public double Ridge { get; set; } = 0.5;

    /// <summary>
    /// Scores of a row for a target are moved towards 0 by this much, and to 0 if they are smaller: the published soft threshold, in units of the score.
    /// At least 0. Default 0, which leaves them alone. Above 0 a prediction costs one gradient per logit and target.
    /// </summary>
    public double SoftThreshold { get; set; }

    /// <summary>Factor on the predicted change of logits, above 0. Default 1. The scores of single rows do not have it.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>Most bank members to average over, at least 1; members trained on all rows come first. Default 20.</summary>
    public int MaxMembers { get; set; } = 20;

    /// <summary>Whether members that lack rows are used, after those trained on all rows. Default false.</summary>
    public bool UseDeletionMembers { get; set; }

    /// <summary>Epochs of the bank's checkpoints to use; null for all of them, the default. Checkpoints from the first half to two thirds of training rank best.</summary>
    public IReadOnlyList<int>? CheckpointEpochs { get; set; }

    /// <summary>Rows per forward pass, at least 1. Default 128. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>Most worker threads. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Folder for every row's gradients while <see cref="IAttributor.Fit"/> runs, created if it is missing. A fit that was stopped leaves them there, and another with the same settings, rows and models goes on where it ended and gives the same
    /// bits; one with others is refused. Needs (rows x size of a projected gradient x 4) bytes of disk for every model, for squared error times the number of outputs. They are computed from single rows, so they are personal data if the rows are: a fit that ends removes them. Default null:
    /// nothing is written, and a stopped fit starts again. Not stored with models.
    /// </summary>
    [JsonIgnore]
    public string? WorkingFolder { get; set; }

    /// <summary>Fixes the random projections. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ProjectionSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMembers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        if (!(Ridge > 0 && double.IsFinite(Ridge)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Ridge), Ridge, "Ridge must be above 0: with more dimensions than rows, or with rows that every model is sure of, the kernel is singular and cannot be inverted without one. 0.1 to 3 is the range to try.");
        }

        if (!(SoftThreshold >= 0 && double.IsFinite(SoftThreshold)))
        {
            throw new ArgumentOutOfRangeException(nameof(SoftThreshold), SoftThreshold, "SoftThreshold must be at least 0.");
        }

        if (!(Multiplier > 0 && double.IsFinite(Multiplier)))
        {
            throw new ArgumentOutOfRangeException(nameof(Multiplier), Multiplier, "Multiplier must be above 0.");
        }

        if (WorkingFolder is not null && string.IsNullOrWhiteSpace(WorkingFolder))
        {
            throw new ArgumentException("WorkingFolder must name a folder, or be null.", nameof(WorkingFolder));
        }

        if (CheckpointEpochs is { Count: 0 })
        {
            throw new ArgumentOutOfRangeException(nameof(CheckpointEpochs), "CheckpointEpochs must name at least one checkpoint, or be null for all of them.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new Trak(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        copy.Loss = loss;
        return copy;
    }

    internal TrakOptions Clone() => (TrakOptions)MemberwiseClone();
}
