using System.Text.Json.Serialization;
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

    /// <summary>The dampings to fuse, as multiples of weight decay x rows, each above 0; single rows are scored at the smallest. Default 5 and 20.</summary>
    public IReadOnlyList<double> Dampings { get; set; } = [5, 20];

    /// <summary>
    /// Dampings of further candidates that are solved for in all parameters instead of a projection, as multiples of weight decay x rows, each above 0. Default: none. They see what memorised rows do, and
    /// cost about one training of the network for every ten to thirty deletions of the bank and member.
    /// </summary>
    public IReadOnlyList<double> FullDimensionDampings { get; set; } = [];

    /// <summary>Members for the candidates in all parameters, at least 1. Default 4. For each member, checkpoint, damping and deletion one vector as long as the weights is kept.</summary>
    public int FullDimensionMembers { get; set; } = 4;

    /// <summary>
    /// Unrolled influence, with these settings, in place of the projected candidates; its own calibration is not used. Default null: projected candidates. It is nearer to retraining by far, and asks for a bank whose weights are kept early in training;
    /// every deletion of the bank costs as much as a request by <see cref="UnrolledInfluence"/>, once, and for each a vector as long as the weights is kept for every member. <see cref="Dampings"/> then serve single rows alone.
    /// </summary>
    public UnrolledInfluenceOptions? Unrolled { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public IReadOnlyList<double> Checkpoints => Unrolled?.Checkpoints ?? ModelBankOptions.DefaultCheckpoints;

    /// <summary>Most training rows on which predictions are compared with the bank's outputs, at least 10. Default 2,000, drawn at random.</summary>
    public int MaxRows { get; set; } = 2000;

    /// <summary>Megabytes for curvature matrices of deletions, over all workers, at least 1. Default 1,024. The result does not depend on it beyond rounding.</summary>
    public int MaxMegabytes { get; set; } = 1024;

    /// <inheritdoc/>
    public void Validate()
    {
        GaussNewton.Validate();
        Unrolled?.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRows, 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMegabytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FullDimensionMembers, 1);
        if (Dampings.Count == 0 || !ArePositive(Dampings))
        {
            throw new ArgumentOutOfRangeException(nameof(Dampings), "Dampings must be one or more numbers above 0.");
        }

        if (!ArePositive(FullDimensionDampings))
        {
            throw new ArgumentOutOfRangeException(nameof(FullDimensionDampings), "FullDimensionDampings must be numbers above 0, or none.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new Calibration(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        copy.GaussNewton = (GaussNewtonInfluenceOptions)GaussNewton.ForTraining(loss, training);
        copy.Unrolled = (UnrolledInfluenceOptions?)Unrolled?.ForTraining(loss, training);
        return copy;
    }

    /// <summary>Whether there are candidates in all parameters.</summary>
    internal bool HasFullDimension => FullDimensionDampings.Count > 0;

    /// <summary>Settings of the candidates in all parameters.</summary>
    internal GaussNewtonInfluenceOptions FullDimension
    {
        get
        {
            var options = GaussNewton.Clone();
            (options.Solver, options.MaxMembers) = (InfluenceSolver.FullDimension, FullDimensionMembers);
            return options;
        }
    }

    /// <summary>Memory for curvature matrices of deletions.</summary>
    internal long MaxBytes => MaxMegabytes * 1_048_576L;

    /// <summary>What dampings add to the diagonals.</summary>
    internal double[] Ridges(IReadOnlyList<double> dampings, int rowCount) => [.. dampings.Select(damping => damping * GaussNewton.WeightDecay * rowCount)];

    internal CalibrationOptions Clone()
    {
        var copy = (CalibrationOptions)MemberwiseClone();
        copy.GaussNewton = GaussNewton.Clone();
        copy.Unrolled = Unrolled?.Clone();
        copy.Dampings = [.. Dampings];
        copy.FullDimensionDampings = [.. FullDimensionDampings];
        return copy;
    }

    private static bool ArePositive(IReadOnlyList<double> values) => values.All(value => value > 0 && double.IsFinite(value));
}
