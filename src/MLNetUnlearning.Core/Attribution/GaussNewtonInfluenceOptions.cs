using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="GaussNewtonInfluence"/>.</summary>
public sealed class GaussNewtonInfluenceOptions : IAttributorOptions
{
    /// <summary>How the system is solved. Default projected.</summary>
    public InfluenceSolver Solver { get; set; } = InfluenceSolver.Projected;

    /// <summary>Most iterations of the full-dimension solver, at least 1. Default 10. Ignored by the projected one.</summary>
    public int Iterations { get; set; } = 10;

    /// <summary>The full-dimension solver stops when the residual has fallen by this factor, at least 0. Default 1e-3. Ignored by the projected one.</summary>
    public double Tolerance { get; set; } = 1e-3;

    /// <summary>Most retained rows from which the full-dimension solver takes the curvature, at least 1; drawn at random. Default 2,500. Ignored by the projected one.</summary>
    public int CurvatureRows { get; set; } = 2500;

    /// <summary>Dimensions kept on each side of a layer's gradient (k x k per layer), at least 1. Default 16. Sides that are no longer stay whole. Ignored by the full-dimension solver.</summary>
    public int ProjectionSize { get; set; } = 16;

    /// <summary>Ridge added to the Gauss-Newton matrix, as a multiple of weight decay x rows, which is the ridge of the training loss; above 0. Default 3.</summary>
    public double Damping { get; set; } = 3;

    /// <summary>Factor on the predicted change. Default 1.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>
    /// Largest prediction that a model contributes to the mean, as a multiple of the median size among the models of its checkpoint, at least 1;
    /// larger ones are scaled down to it. Default 1.5.
    /// </summary>
    public double OutlierRatio { get; set; } = 1.5;

    /// <summary>Most bank members to average over; members trained on all rows come first. Default 10.</summary>
    public int MaxMembers { get; set; } = 10;

    /// <summary>The loss that the bank was trained with. Default cross-entropy.</summary>
    public TrainingLoss Loss { get; set; } = TrainingLoss.CrossEntropy;

    /// <summary>Weight decay of the training, above 0: without it the matrix has no natural ridge. Default 5e-4, as the trainer's.</summary>
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Rows per forward pass, at least 1. Default 128. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>
    /// Most memory, in bytes over all models, that the projected solver keeps so that requests cost less; at least 0. Default 0. First the inverse of each model's matrix, then
    /// the projected gradients of as many training rows, drawn at random, as there is room for: of those, a request needs no pass through the networks. A cache changes predictions by
    /// rounding alone. It is not stored, because it holds gradients of single rows; without it a request gives the same bits before a model is saved and after it is loaded. Ignored by the
    /// full-dimension solver.
    /// </summary>
    public long MaxCacheBytes { get; set; }

    /// <summary>Most worker threads. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>Fixes the random projections. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ProjectionSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CurvatureRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMembers, 1);
        if (!(Tolerance >= 0 && Tolerance < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "Tolerance must be from 0 up to but not including 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxCacheBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        RequirePositive(Damping, nameof(Damping));
        RequirePositive(WeightDecay, nameof(WeightDecay));
        RequirePositive(Multiplier, nameof(Multiplier));
        if (!(OutlierRatio >= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(OutlierRatio), OutlierRatio, "OutlierRatio must be at least 1.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new GaussNewtonInfluence(this);

    /// <summary>What the projected solver adds to the diagonal of a matrix over so many rows.</summary>
    internal double Ridge(int rows) => Damping * WeightDecay * rows;

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, double weightDecay)
    {
        var copy = Clone();
        copy.Loss = loss;
        copy.WeightDecay = weightDecay > 0 ? weightDecay : WeightDecay;
        return copy;
    }

    internal GaussNewtonInfluenceOptions Clone() => (GaussNewtonInfluenceOptions)MemberwiseClone();

    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");
        }
    }
}
