using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="Calibration"/>.</summary>
public sealed class CalibrationOptions : IAttributorOptions
{
    /// <summary>
    /// The projected influence that is calibrated: its projection, members, loss, weight decay, memory and seed. Its damping and multiplier are not used: calibration
    /// chooses them. Default: six members, otherwise as <see cref="GaussNewtonInfluenceOptions"/>.
    /// </summary>
    public GaussNewtonInfluenceOptions GaussNewton { get; set; } = new() { MaxMembers = 6 };

    /// <summary>The dampings to fuse, as multiples of weight decay x rows, each above 0. Default 5 and 20.</summary>
    public IReadOnlyList<double> Dampings { get; set; } = [5, 20];

    /// <summary>Most training rows on which predictions are compared with the bank's outputs, at least 10. Default 2,000, drawn at random.</summary>
    public int MaxRows { get; set; } = 2000;

    /// <summary>Megabytes for curvature matrices of deletions, over all workers, at least 1. Default 1,024. The result does not depend on it beyond rounding.</summary>
    public int MaxMegabytes { get; set; } = 1024;

    /// <inheritdoc/>
    public void Validate()
    {
        GaussNewton.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRows, 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMegabytes, 1);
        if (Dampings.Count == 0 || Dampings.Any(damping => !(damping > 0 && double.IsFinite(damping))))
        {
            throw new ArgumentOutOfRangeException(nameof(Dampings), "Dampings must be one or more numbers above 0.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new Calibration(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, double weightDecay)
    {
        var copy = Clone();
        copy.GaussNewton = (GaussNewtonInfluenceOptions)GaussNewton.ForTraining(loss, weightDecay);
        return copy;
    }

    internal CalibrationOptions Clone()
    {
        var copy = (CalibrationOptions)MemberwiseClone();
        copy.GaussNewton = GaussNewton.Clone();
        copy.Dampings = [.. Dampings];
        return copy;
    }
}
