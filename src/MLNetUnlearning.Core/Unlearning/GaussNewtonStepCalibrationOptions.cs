namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="GaussNewtonStepCalibration"/>.</summary>
public sealed class GaussNewtonStepCalibrationOptions
{
    /// <summary>The step whose damping, multiplier and shrinkage are chosen; its other settings stay. Default: the step's defaults.</summary>
    public GaussNewtonStepOptions Step { get; set; } = new();

    /// <summary>Dampings to try, each above 0. Default 10, 20 and 40. Less damping fitted the deletions of a digits bank a little better and harmed rows that stay on other requests.</summary>
    public IReadOnlyList<double> Dampings { get; set; } = [10, 20, 40];

    /// <summary>Multipliers to try, each above 0. Default 0.7 to 2.5.</summary>
    public IReadOnlyList<double> Multipliers { get; set; } = [0.7, 1, 1.3, 1.6, 2, 2.5];

    /// <summary>Shrinkages to try, each at least 0. Default 0 to 0.6 in steps of 0.15.</summary>
    public IReadOnlyList<double> Shrinkages { get; set; } = [0, 0.15, 0.3, 0.45, 0.6];

    /// <summary>Most deletions of the bank to learn from, at least 1; the first ones. Default 24.</summary>
    public int MaxDeletions { get; set; } = 24;

    /// <summary>Rows that stay on which each deletion is judged, at least 1; as many rows as there are, at most. Default 400.</summary>
    public int StayingRows { get; set; } = 400;

    /// <summary>Fixes which rows. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>
    /// What to try for a step in stages: dampings from 0.5 to 20, because a path that sees residuals grow needs less of them than one step, and multiplier 1, because it has its own length. A network trained for long needs little damping
    /// (1 on digits at a rate of 0.2), one trained briefly more (10 on Fashion-MNIST).
    /// </summary>
    /// <param name="step">The step; its <see cref="GaussNewtonStepOptions.Stages"/>, iterations and rows stay.</param>
    public static GaussNewtonStepCalibrationOptions ForStages(GaussNewtonStepOptions step) => new() { Step = step, Dampings = [0.5, 1, 2, 5, 10, 20], Multipliers = [1] };

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        Step.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDeletions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(StayingRows, 1);
        RequirePositive(Dampings, nameof(Dampings));
        RequirePositive(Multipliers, nameof(Multipliers));
        if (Shrinkages.Count == 0 || Shrinkages.Any(value => !(value >= 0 && double.IsFinite(value))))
        {
            throw new ArgumentOutOfRangeException(nameof(Shrinkages), string.Join(", ", Shrinkages), "Shrinkages must be one value or more, each at least 0.");
        }
    }

    private static void RequirePositive(IReadOnlyList<double> values, string name)
    {
        if (values.Count == 0 || values.Any(value => !(value > 0 && double.IsFinite(value))))
        {
            throw new ArgumentOutOfRangeException(name, string.Join(", ", values), $"{name} must be one value or more, each above 0.");
        }
    }
}
