using System.Text.Json.Serialization;
using MLNetUnlearning.Attribution.Solvers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>Settings of <see cref="UnrolledInfluence"/>. None of them sets a scale: that comes from the training.</summary>
public sealed class UnrolledInfluenceOptions : IAttributorOptions
{
    /// <summary>
    /// How the bank was trained: learning rates, momentum and weight decay say how long what a row did in a part of the training lives on. Default null: it must be set, or be set by <see cref="ForTraining"/>, as the ML.NET trainers do.
    /// Training by Adam is refused, for its steps are no multiples of gradients.
    /// </summary>
    public TrainerOptions? Training { get; set; }

    /// <summary>The loss that the bank was trained with. Default cross-entropy.</summary>
    public TrainingLoss Loss { get; set; } = TrainingLoss.CrossEntropy;

    /// <summary>Most bank members to average over, of those trained on all rows; at least 1. Default 6.</summary>
    public int MaxMembers { get; set; } = 6;

    /// <summary>Most iterations of conjugate gradients in each part of the training, at least 1. Default 8.</summary>
    public int Iterations { get; set; } = 8;

    /// <summary>Conjugate gradients stop when the residual has fallen by this factor, from 0 up to but not including 1. Default 1e-3.</summary>
    public double Tolerance { get; set; } = 1e-3;

    /// <summary>Most retained rows from which the curvature is taken, at least 1. Default 500, drawn by what they matter to the request among eight times as many.</summary>
    public int CurvatureRows { get; set; } = 500;

    /// <summary>
    /// Most of the bank's deletions on which the size of predictions is fitted, apart for rows that leave and rows that stay; at least 0. Default 12. Each costs as much as a request, once. With 0, or without members that lack rows, predictions stay
    /// as they are.
    /// </summary>
    public int CalibrationDeletions { get; set; } = 12;

    /// <summary>Rows per forward pass, at least 1. Default 128. Bounds memory; the result does not depend on it beyond rounding.</summary>
    public int BatchSize { get; set; } = 128;

    /// <summary>Most worker threads. Default: one per processor. The result does not depend on it.</summary>
    public int MaxWorkers { get; set; } = Environment.ProcessorCount;

    /// <summary>Fixes which rows are drawn. Default 0.</summary>
    public ulong Seed { get; set; }

    /// <inheritdoc/>
    /// <remarks>Eight: 0.05, 0.15, 0.27, 0.4, 0.53, 0.67, 0.8 and 0.93, close together at the beginning: what rows do early is where it differs most from what their residuals say at the end.</remarks>
    [JsonIgnore]
    public IReadOnlyList<double> Checkpoints => [0.05, 0.15, 0.27, 0.4, 0.53, 0.67, 0.8, 0.93];

    /// <inheritdoc/>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMembers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Iterations, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CurvatureRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CalibrationDeletions, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        if (!(Tolerance >= 0 && Tolerance < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(Tolerance), Tolerance, "Tolerance must be from 0 up to but not including 1.");
        }

        Training?.Validate();
        if (Training?.Optimizer == OptimizerKind.Adam)
        {
            throw new ArgumentOutOfRangeException(nameof(Training), Training.Optimizer, $"Unrolled influence follows training by gradient descent, with or without momentum, and Adam's steps are no multiples of gradients. Train by {nameof(OptimizerKind.Sgd)}, or use {nameof(GaussNewtonInfluence)}.");
        }
    }

    /// <inheritdoc/>
    public IAttributor CreateAttributor() => new UnrolledInfluence(this);

    /// <inheritdoc/>
    public IAttributorOptions ForTraining(TrainingLoss loss, TrainerOptions training)
    {
        var copy = Clone();
        (copy.Loss, copy.Training) = (loss, training);
        return copy;
    }

    /// <summary>What scores single rows: the projected influence of the same members at their last checkpoint.</summary>
    internal GaussNewtonInfluenceOptions RowScores => (GaussNewtonInfluenceOptions)new GaussNewtonInfluenceOptions { MaxMembers = MaxMembers, LastCheckpointOnly = true, BatchSize = BatchSize, MaxWorkers = MaxWorkers, Seed = Seed }.ForTraining(Loss, Training!);

    /// <summary>How the system of a part of the training is solved.</summary>
    internal GroupSolverOptions Solver => new(1, Iterations, Tolerance, CurvatureRows, BatchSize);

    internal UnrolledInfluenceOptions Clone() => (UnrolledInfluenceOptions)MemberwiseClone();
}
