namespace MLNetUnlearning.Verification;

/// <summary>What a verification must not exceed. Passing means: not told from retraining by these tests at these bounds. It is no proof of compliance with anything.</summary>
public sealed class VerificationBounds
{
    /// <summary>Largest 95th percentile of KLoM on the forgotten rows, as a multiple of the floor, at least 1. Default 1.5.</summary>
    public double ForgetTimesFloor { get; set; } = 1.5;

    /// <summary>The same on the training rows that stay. Default 1.25.</summary>
    public double RetainTimesFloor { get; set; } = 1.25;

    /// <summary>The same on rows that no model was trained on. Default 1.25.</summary>
    public double ValidationTimesFloor { get; set; } = 1.25;

    /// <summary>Largest excess of U-LiRA's accuracy over the null's, from 0 to 0.5. Default 0.05.</summary>
    public double ULiraExcess { get; set; } = 0.05;

    /// <summary>Largest difference of the mean accuracy (for values, of R²) on validation rows from the oracles', in either direction, from 0 to 1. Default 0.02.</summary>
    public double AccuracyTolerance { get; set; } = 0.02;

    /// <summary>
    /// In an audit, largest mean distance of the model's margins on retained or validation rows from those of the bank's full members, as a multiple of the furthest full
    /// member's own, at least 1. Default 2: really retrained models reached 1.7 with a bank of 4 full members.
    /// </summary>
    public double ShiftTimesNull { get; set; } = 2;

    /// <summary>
    /// In an audit, largest root mean squared difference of the model's outputs on the forgotten rows from the predicted ones, as a multiple of the spread of seeds, above 0. Default 2: a
    /// model retrained with a seed of its own is √2 away even from a perfect prediction.
    /// </summary>
    public double ResidualTimesSpread { get; set; } = 2;

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        Require(ForgetTimesFloor, 1, 1000, nameof(ForgetTimesFloor));
        Require(RetainTimesFloor, 1, 1000, nameof(RetainTimesFloor));
        Require(ValidationTimesFloor, 1, 1000, nameof(ValidationTimesFloor));
        Require(ULiraExcess, 0, 0.5, nameof(ULiraExcess));
        Require(AccuracyTolerance, 0, 1, nameof(AccuracyTolerance));
        Require(ShiftTimesNull, 1, 1000, nameof(ShiftTimesNull));
        Require(ResidualTimesSpread, double.Epsilon, 1000, nameof(ResidualTimesSpread));
    }

    private static void Require(double value, double low, double high, string name)
    {
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {low} to {high}.");
        }
    }
}
