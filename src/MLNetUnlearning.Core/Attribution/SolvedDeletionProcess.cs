using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A deletion in terms of a Gaussian process over deletions.</summary>
/// <param name="mean">The process's mean; not owned.</param>
/// <param name="process">The process; not owned.</param>
/// <param name="coefficients">Share of the seed's deviation that is taken off each deletion of the bank, [deletions]; not owned.</param>
/// <param name="rows">The training rows; not owned.</param>
/// <param name="question">The deletion.</param>
/// <param name="steps">The candidates' steps; taken over.</param>
internal sealed class SolvedDeletionProcess(FittedCalibration mean, DeletionProcess process, Tensor coefficients, LabeledRows rows, DeletionQuestion question, Tensor[] steps) : ISolvedDeletion
{
    /// <summary>Weights of the candidates for each deletion of the bank, then for this one.</summary>
    public required FusionWeights[] Weights { get; init; }

    /// <summary>Similarity to each deletion of the bank, [deletions]; taken over.</summary>
    public required Tensor Similarity { get; init; }

    /// <summary>Share of the process's correction that holds up.</summary>
    public required FusionWeights Shrinkage { get; init; }

    /// <summary>Variance of the effect, in units of the amplitude.</summary>
    public required double Variance { get; init; }

    /// <summary>Factor on the variance for targets that leave.</summary>
    public required double LeavingScale { get; init; }

    /// <summary>Factor on the variance for targets that stay.</summary>
    public required double StayingScale { get; init; }

    public LogitChange Predict(Tensor targets, IReadOnlyList<long?>? targetRowIds = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long count = targets.shape[0];
        int[] positions = DeletionQuestion.Positions(rows, count, targetRowIds);
        var leaving = question.Leaving(positions);
        var predictions = mean.PredictAll(steps, targets, progress, cancellationToken);
        int deletions = mean.Record.Count;
        var inside = cat([mean.Record.Inside(positions), leaving.unsqueeze(0)]);
        var fused = FittedCalibration.Fuse(predictions, inside, Weights);
        var outputs = BankOutputs.With(mean.Bank, mean.Options.GaussNewton.Loss, targets, inside, coefficients, cancellationToken);
        var observations = cat([outputs.Change.sub(fused.slice(0, 0, deletions, 1)), outputs.Full]).flatten(1).to_type(ScalarType.Float64);
        var solved = process.Solve(observations);
        var effect = process.Effect(Similarity, solved).view(count, -1).to_type(ScalarType.Float32);
        var correction = Shrinkage.Combine([effect], leaving);
        var amplitude = DeletionProcess.Amplitude(observations, solved).view(count, -1).to_type(ScalarType.Float32);
        var scale = leaving.mul(Held(LeavingScale - StayingScale)).add(Held(StayingScale), Held(1));
        var variance = amplitude.mul(Held(Variance)).mul(scale.unsqueeze(1));
        return new LogitChange(fused[deletions].add(correction, Held(1)), variance) { Coverage = question.Coverage, Warnings = question.Warnings };
    }

    public void Dispose()
    {
        Similarity.Dispose();
        foreach (var step in steps)
        {
            step.Dispose();
        }
    }
}
