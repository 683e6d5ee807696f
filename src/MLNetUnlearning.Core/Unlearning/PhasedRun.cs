using System.Diagnostics;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Fine-tuning in phases over forget rows and retain rows: what the iterative baselines have in common.</summary>
/// <param name="options">Optimiser settings.</param>
/// <param name="plan">Phases.</param>
/// <param name="decayEpochs">The learning rate falls to a tenth after so many epochs, each time.</param>
internal sealed class PhasedRun(OptimizationOptions options, PhasePlan plan, IReadOnlyList<int> decayEpochs)
{
    /// <summary>Fine-tunes copies of the models.</summary>
    /// <param name="request">Seed.</param>
    /// <param name="context">Models and rows.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    /// <param name="objective">The loss; rows are positions in the training rows.</param>
    /// <param name="stage">Name of the work in progress reports.</param>
    /// <param name="clock">Started when the method began.</param>
    /// <param name="progress">Receives a report per epoch and chunk of models.</param>
    /// <param name="cancellationToken">Checked at every step.</param>
    public UnlearningOutcome Run(UnlearningRequest request, UnlearningContext context, int[] forget, IObjective objective, string stage, Stopwatch clock, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var batches = new PhasedBatches(context.Rows, forget, plan, request.Seed);
        var students = context.Models.Clone();
        try
        {
            var loop = new GradientLoop(options.WithEpochs(1), context.Rows.Features, batches, objective)
            {
                Stage = stage,
                ReportsPerEpoch = plan.Epochs,
                RateFactor = step => Factor(batches.EpochOf(step)),
            };
            loop.Run(students, [], progress, cancellationToken);
            return new UnlearningOutcome(students, TimeSpan.Zero, clock.Elapsed);
        }
        catch
        {
            students.Dispose();
            throw;
        }
    }

    private double Factor(int epoch) =>
        Math.Pow(0.1, decayEpochs.Count(decay => epoch >= decay)) * (options.Schedule == LearningRateSchedule.Exponential ? Math.Pow(0.95, epoch) : 1);
}
