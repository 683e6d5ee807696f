using System.Diagnostics;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Fine-tunes models towards target logits of the rows of a fine-tuning set.</summary>
internal static class Matching
{
    /// <summary>Matches in place.</summary>
    /// <param name="students">Models to start from; taken over, and disposed of on failure.</param>
    /// <param name="options">Optimiser settings.</param>
    /// <param name="set">The fine-tuning set.</param>
    /// <param name="features">Features of the set's rows, [rows, features].</param>
    /// <param name="targets">[models, rows, classes].</param>
    /// <param name="before">Logits of the models before any change, [models, rows, classes].</param>
    /// <param name="seed">Fixes the order of the rows.</param>
    /// <param name="attribution">Time that the targets took.</param>
    /// <param name="clock">Runs since the weights began to change.</param>
    /// <param name="progress">Receives a report per epoch and chunk of models.</param>
    /// <param name="cancellationToken">Checked at every step.</param>
    public static UnlearningOutcome Run(
        ModelStack students,
        MatchingOptions options,
        FineTuningSet set,
        Tensor features,
        Tensor targets,
        Tensor before,
        ulong seed,
        TimeSpan attribution,
        Stopwatch clock,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        try
        {
            using var scope = NewDisposeScope();
            double residual = RootMeanSquare(before, targets);
            double[] limits = Limits(options.StopResidual, set, before, targets);
            var loop = new GradientLoop(options.For(set.Entries.Length), features, new FineTuningBatches(set, seed), new MatchObjective(targets))
            {
                Stage = "matching predicted outputs",
                IsDone = options.StopResidual > 0 ? (model, loss) => loss <= limits[model] : null,
            };
            loop.Run(students, [], progress, cancellationToken);
            var time = clock.Elapsed;
            using var after = students.Logits(features, cancellationToken: cancellationToken);
            return new UnlearningOutcome(students, attribution, time) { MatchResidualBefore = residual, MatchResidualAfter = RootMeanSquare(after, targets) };
        }
        catch
        {
            students.Dispose();
            throw;
        }
    }

    /// <summary>Mean squared distance to the targets at which each model stops; rows count as often as the fine-tuning set has them.</summary>
    private static double[] Limits(double share, FineTuningSet set, Tensor before, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var times = new float[set.Rows.Length];
        foreach (int entry in set.Entries)
        {
            times[entry] += 1f / set.Entries.Length;
        }

        return [.. before.sub(targets).square().mean([2]).mv(tensor(times)).ToHost<float>().Select(distance => share * share * distance)];
    }

    /// <summary>Root mean squared difference over rows and classes, mean over models.</summary>
    private static double RootMeanSquare(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return logits.sub(targets).square().mean([1, 2]).sqrt().mean().item<float>();
    }
}
