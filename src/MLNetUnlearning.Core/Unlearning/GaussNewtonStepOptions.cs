using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of <see cref="GaussNewtonStep"/>.</summary>
public sealed class GaussNewtonStepOptions : IUnlearnerOptions
{
    /// <summary>
    /// Ridge added to the Gauss-Newton matrix, as a multiple of weight decay x rows, which is the ridge of the training loss; above 0. Default 20. Choose it with
    /// <see cref="GaussNewtonStepCalibration"/> where there is a bank.
    /// </summary>
    public double Damping { get; set; } = 20;

    /// <summary>Length of the step, as a multiple of the solution; above 0. Default 1. Choose it with <see cref="GaussNewtonStepCalibration"/> where there is a bank.</summary>
    public double Multiplier { get; set; } = 1;

    /// <summary>
    /// How much less sure of themselves models become for fewer rows: after the step, logits are multiplied by 1 - shrinkage x share of the rows forgotten. At least 0. Default 0. The step
    /// stands for the change of the optimum, but training stops before it, and with fewer rows an epoch has fewer steps. Choose it with <see cref="GaussNewtonStepCalibration"/>.
    /// </summary>
    public double Shrinkage { get; set; }

    /// <summary>
    /// Stages in which the forget rows lose their weight, at least 1. Default 1: a single step from where the model stands, enough for rows that others resemble. With more, the system is set up anew at the end of each stage
    /// and the step follows a path (see remarks of <see cref="GaussNewtonStep"/>): groups that the model knows from nowhere else need it, 16 stages of 12 iterations at a damping of 1. Costs that many times as much.
    /// </summary>
    public int Stages { get; set; } = 1;

    /// <summary>Most iterations of the solver in each stage, at least 1. Default 4; on Fashion-MNIST, where it was measured, more came no nearer to retraining in one stage.</summary>
    public int Iterations { get; set; } = 4;

    /// <summary>The solver stops when the residual has fallen by this factor, from 0 up to but not including 1. Default 1e-3.</summary>
    public double Tolerance { get; set; } = 1e-3;

    /// <summary>
    /// Most retain rows from which the curvature is taken, at least 1. Default 500. Each model finds them among eight times as many, drawn evenly: a row is taken the more often, and counts the less, the more it adds to the matrix's
    /// product with a first guess at the step. Where there are no more rows than this, each counts once.
    /// </summary>
    public int CurvatureRows { get; set; } = 500;

    /// <summary>The loss that the models were trained with. Default null: the one that goes with the labels.</summary>
    public TrainingLoss? Loss { get; set; }

    /// <summary>Weight decay of the training, above 0: without it the matrix has no natural ridge. Default 5e-4, as the trainer's.</summary>
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Rows per pass, at least 1. Default 128. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>Most worker threads. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>How the solver is to work.</summary>
    internal GroupSolverOptions Solver => new(Stages, Iterations, Tolerance, CurvatureRows, BatchSize);

    /// <inheritdoc/>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Stages, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CurvatureRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        RequirePositive(Damping, nameof(Damping));
        RequirePositive(Multiplier, nameof(Multiplier));
        RequirePositive(WeightDecay, nameof(WeightDecay));
        if (!(Shrinkage >= 0 && double.IsFinite(Shrinkage)))
        {
            throw new ArgumentOutOfRangeException(nameof(Shrinkage), Shrinkage, "Shrinkage must be at least 0.");
        }

        if (!(Tolerance >= 0 && Tolerance < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "Tolerance must be from 0 up to but not including 1.");
        }

        if (Loss is { } loss && !Enum.IsDefined(loss))
        {
            throw new ArgumentOutOfRangeException(nameof(Loss), Loss, "Loss must be cross-entropy or squared error.");
        }
    }

    /// <inheritdoc/>
    public IUnlearner CreateUnlearner() => new GaussNewtonStep(this);

    internal GaussNewtonStepOptions Clone() => (GaussNewtonStepOptions)MemberwiseClone();

    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");
        }
    }
}
