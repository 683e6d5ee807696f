using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="RegressionDatamodels"/>.</summary>
public sealed class RegressionDatamodelsOptions : IAttributorOptions
{
    /// <summary>How coefficients are estimated. Default ridge.</summary>
    public DatamodelEstimator Estimator { get; set; } = DatamodelEstimator.Ridge;

    /// <summary>Factor on the predicted change. Default 1. Coefficients fitted on half-size members are on another scale than changes at full size; this corrects it.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>
    /// Ridges to choose from, as multiples of the mean diagonal of the members' centred kernel, each above 0. Default: half decades from 0.01 to 100. Ignored by the
    /// other estimators.
    /// </summary>
    public IReadOnlyList<double> Ridges { get; set; } = [.. Enumerable.Range(-4, 9).Select(i => Math.Pow(10, i / 2.0))];

    /// <summary>
    /// True: each target has a ridge of its own, the same for its logits. False: one ridge for all targets, chosen in <see cref="IAttributor.Fit"/> on a sample of the training rows. Default true.
    /// Ignored by the other estimators.
    /// </summary>
    public bool RidgePerTarget { get; set; } = true;

    /// <summary>Number of absolute penalties on the path, at least 2. Default 20. Ignored by the other estimators.</summary>
    public int PathLength { get; set; } = 20;

    /// <summary>Smallest penalty on the path, as a share of the one that makes all coefficients zero; above 0 and below 1. Default 0.01. Ignored by the other estimators.</summary>
    public double PathEnd { get; set; } = 0.01;

    /// <summary>Share of the members held out to choose the absolute penalty, above 0 and at most 0.5. Default 0.2. Ignored by the other estimators.</summary>
    public double HeldOutShare { get; set; } = 0.2;

    /// <summary>
    /// Largest violation of the optimality conditions that counts as solved, as a share of the penalty that makes all coefficients zero; from 1e-6 to 0.1. Default 1e-3.
    /// Ignored by the other estimators.
    /// </summary>
    public double Tolerance { get; set; } = 1e-3;

    /// <summary>Targets handled at a time, at least 1. Default 128. Bounds memory: members plus rows, times classes, times this many numbers for each worker. The result does not depend on it beyond rounding.</summary>
    public int TargetBatchSize { get; set; } = 128;

    /// <summary>Most worker threads. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>Fixes which members are held out, and the sample on which a shared ridge is chosen. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(PathLength, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(TargetBatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        if (!Enum.IsDefined(Estimator))
        {
            throw new ArgumentOutOfRangeException(nameof(Estimator), Estimator, "Estimator must be one of the named values.");
        }

        Require(Multiplier > 0 && double.IsFinite(Multiplier), nameof(Multiplier), Multiplier, "must be above 0");
        Require(PathEnd is > 0 and < 1, nameof(PathEnd), PathEnd, "must be above 0 and below 1");
        Require(HeldOutShare is > 0 and <= 0.5, nameof(HeldOutShare), HeldOutShare, "must be above 0 and at most 0.5");
        Require(Tolerance is >= 1e-6 and <= 0.1, nameof(Tolerance), Tolerance, "must be from 1e-6 to 0.1");
        if (Ridges.Count == 0 || Ridges.Any(ridge => !(ridge > 0 && double.IsFinite(ridge))))
        {
            throw new ArgumentOutOfRangeException(nameof(Ridges), "Ridges must hold at least one value, each above 0: without a ridge the members' kernel is singular.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new RegressionDatamodels(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training) => Clone();

    internal RegressionDatamodelsOptions Clone()
    {
        var copy = (RegressionDatamodelsOptions)MemberwiseClone();
        copy.Ridges = [.. Ridges];
        return copy;
    }

    private static void Require(bool holds, string name, double value, string what)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} {what}.");
        }
    }
}
