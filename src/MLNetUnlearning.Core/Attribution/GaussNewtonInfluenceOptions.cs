using System.Text.Json.Serialization;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="GaussNewtonInfluence"/>.</summary>
public sealed class GaussNewtonInfluenceOptions : IAttributorOptions
{
    /// <summary>How the system is solved. Default projected.</summary>
    public InfluenceSolver Solver { get; set; } = InfluenceSolver.Projected;

    /// <summary>
    /// Stages in which the forget rows lose their weight in the full-dimension solver, at least 1 (<see cref="GaussNewtonStepOptions.Stages"/>). Default 1. More than one needs <see cref="EvaluateStep"/>: the first order at the start says
    /// nothing of a path. Ignored by the projected solver and by <see cref="DeletionGaussianProcess"/>.
    /// </summary>
    public int Stages { get; set; } = 1;

    /// <summary>Most iterations of the full-dimension solver, in each stage, at least 1. Default 10. Ignored by the projected one.</summary>
    public int Iterations { get; set; } = 10;

    /// <summary>The full-dimension solver stops when the residual has fallen by this factor, at least 0. Default 1e-3. Ignored by the projected one.</summary>
    public double Tolerance { get; set; } = 1e-3;

    /// <summary>
    /// Most retained rows from which the full-dimension solver takes the curvature, at least 1. Default 500, drawn as for a step (<see cref="GaussNewtonStepOptions.CurvatureRows"/>). Ignored by the projected one.
    /// </summary>
    public int CurvatureRows { get; set; } = 500;

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

    /// <summary>Whether members count at the end of their training alone, and not at every checkpoint. Default false.</summary>
    public bool LastCheckpointOnly { get; set; }

    /// <summary>
    /// Whether the full-dimension solver takes each member's outputs at the end of its step, <see cref="Multiplier"/> times the solution, in place of the first order along it. Costs the same; groups move outputs so far
    /// that the first order overshoots. Default false. Ignored by the projected solver, which has no step.
    /// </summary>
    public bool EvaluateStep { get; set; }

    /// <summary>The loss that the bank was trained with. Default cross-entropy.</summary>
    public TrainingLoss Loss { get; set; } = TrainingLoss.CrossEntropy;

    /// <summary>Weight decay of the training, above 0: without it the matrix has no natural ridge. Default 5e-4, as the trainer's.</summary>
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Rows per forward pass, at least 1. Default 128. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>
    /// Curvature below which a direction among a row's logits is left out of the matrices: the least eigenvalue of diag(p) − ppᵀ that counts, at least 0 and below 1/2. Default 0: all directions, one
    /// backward pass for each class. Above 0 fitting and requests take one pass for each direction that counts, of which a row that the model is sure of has one or none: at 0.003 about a third
    /// of the passes, and 99 % of the matrices' trace among the logits stays. Predictions come out larger, most where most rows are fitted well, because many small curvatures are missing: fit their size on the bank
    /// (<see cref="Calibration"/>, <see cref="DeletionGaussianProcess"/>). Ignored with squared error and by the full-dimension solver.
    /// </summary>
    public double CurvatureFloor { get; set; }

    /// <summary>
    /// Most memory, in bytes over all models (or memory and disk, with a <see cref="WorkingFolder"/>), that the projected solver keeps so that requests cost less; at least 0. Default 0. First the inverse of each model's matrix, then
    /// the projected gradients of as many training rows, drawn at random, as there is room for: of those, a request needs no pass through the networks. A cache changes predictions by
    /// rounding alone. It is not stored, because it holds gradients of single rows; without it a request gives the same bits before a model is saved and after it is loaded. Ignored by the
    /// full-dimension solver.
    /// </summary>
    public long MaxCacheBytes { get; set; }

    /// <summary>
    /// Folder for what <see cref="IAttributor.Fit"/> has computed, created if it is missing. A fit that was stopped leaves it there, and another with the same settings, rows and models goes on where it ended and gives the same bits, whatever
    /// its <see cref="BatchSize"/>; one with others is refused. The gradients that <see cref="MaxCacheBytes"/> has room for stay in the folder and are read by requests, in place of memory (the inverses are held in memory all the
    /// same); they go when the attribution is disposed of, and a process that is killed leaves them. They are computed from single rows, so they are personal data if the rows are. Attributions that live at the same time
    /// need a folder each. Default null: nothing is written. Not stored with models. Ignored by the full-dimension solver.
    /// </summary>
    [JsonIgnore]
    public string? WorkingFolder { get; set; }

    /// <summary>Most worker threads. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>Fixes the random projections. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <summary>
    /// The mean over bank members of what a Gauss-Newton step makes of their outputs: in all parameters, at the end of training, evaluated. Give it the step that <see cref="GaussNewtonStepCalibration"/> chose; its
    /// shrinkage is not used.
    /// </summary>
    /// <param name="step">Damping, multiplier, solver and loss; a loss of null becomes cross-entropy, because there are no labels here to tell.</param>
    public static GaussNewtonInfluenceOptions OfSteps(GaussNewtonStepOptions step)
    {
        step.Validate();
        return new()
        {
            Solver = InfluenceSolver.FullDimension,
            LastCheckpointOnly = true,
            EvaluateStep = true,
            Damping = step.Damping,
            Multiplier = step.Multiplier,
            Stages = step.Stages,
            Iterations = step.Iterations,
            Tolerance = step.Tolerance,
            CurvatureRows = step.CurvatureRows,
            Loss = step.Loss ?? TrainingLoss.CrossEntropy,
            WeightDecay = step.WeightDecay,
            BatchSize = step.BatchSize,
            MaxWorkers = step.MaxWorkers,
        };
    }

    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ProjectionSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Stages, 1);
        if (Stages > 1 && !EvaluateStep)
        {
            throw new ArgumentOutOfRangeException(nameof(Stages), Stages, "More than one stage needs EvaluateStep: what changes to first order at the start says nothing of a path.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CurvatureRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMembers, 1);
        if (!(Tolerance >= 0 && Tolerance < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "Tolerance must be from 0 up to but not including 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxCacheBytes);
        if (!(CurvatureFloor >= 0 && CurvatureFloor < 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(CurvatureFloor), CurvatureFloor, "CurvatureFloor must be from 0 up to but not including 0.5: no direction among logits curves more than that.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        if (WorkingFolder is not null && string.IsNullOrWhiteSpace(WorkingFolder))
        {
            throw new ArgumentException("WorkingFolder must name a folder, or be null.", nameof(WorkingFolder));
        }

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

    /// <summary>How the full-dimension solver is to work.</summary>
    internal GroupSolverOptions GroupSolver => new(Stages, Iterations, Tolerance, CurvatureRows, BatchSize);

    /// <summary>What the projected solver adds to the diagonal of a matrix over so many rows.</summary>
    internal double Ridge(int rows) => Damping * WeightDecay * rows;

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        copy.Loss = loss;
        copy.WeightDecay = training.WeightDecay > 0 ? training.WeightDecay : WeightDecay;
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
