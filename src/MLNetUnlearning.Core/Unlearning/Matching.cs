using System.Diagnostics;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Fine-tunes models towards target logits of the rows of a fine-tuning set.</summary>
internal sealed class Matching
{
    /// <summary>A model's distance to its targets must fall to this share of what it was, or its fine-tuning is tried again at a lower rate.</summary>
    private const double Enough = 0.75;

    /// <summary>How much lower.</summary>
    private const double RateShare = 0.25;

    private readonly MatchingOptions options;
    private readonly FineTuningSet set;
    private readonly Tensor features;
    private readonly Tensor targets;
    private readonly ulong seed;
    private readonly IProgress<WorkProgress>? progress;
    private readonly CancellationToken cancellationToken;

    /// <param name="options">Optimiser settings.</param>
    /// <param name="set">The fine-tuning set.</param>
    /// <param name="features">Features of the set's rows, [rows, features].</param>
    /// <param name="targets">[models, rows, classes].</param>
    /// <param name="seed">Fixes the order of the rows.</param>
    /// <param name="progress">Receives a report per epoch and chunk of models.</param>
    /// <param name="cancellationToken">Checked at every step.</param>
    public Matching(MatchingOptions options, FineTuningSet set, Tensor features, Tensor targets, ulong seed, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        this.options = options;
        this.set = set;
        this.features = features;
        this.targets = targets;
        this.seed = seed;
        this.progress = progress;
        this.cancellationToken = cancellationToken;
    }

    /// <summary>Matches in place.</summary>
    /// <param name="students">Models to start from; taken over, and disposed of on failure.</param>
    /// <param name="before">Logits of the models before any change, [models, rows, classes].</param>
    /// <param name="attribution">Time that the targets took.</param>
    /// <param name="clock">Runs since the weights began to change.</param>
    public UnlearningOutcome Run(ModelStack students, Tensor before, TimeSpan attribution, Stopwatch clock)
    {
        try
        {
            using var scope = NewDisposeScope();
            double residual = RootMeanSquare(before, targets);
            double[] limits = [.. Distances(before, targets).Select(distance => options.StopResidual * options.StopResidual * distance)];
            if (options.MaxBacktracks == 0)
            {
                FineTune(students, [.. Enumerable.Range(0, students.Count)], targets, 1, limits);
            }
            else
            {
                Search(students, limits);
            }

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

    /// <summary>
    /// Line search over the rate, each model for itself: what is too fast for a network ends further from the targets than it began. A model ends where it was nearest, and that can be its start.
    /// </summary>
    private void Search(ModelStack students, double[] limits)
    {
        // The students stay at their start until an attempt ends nearer.
        using var start = students.Clone();
        double[] first = Distances(start, targets), nearest = [.. first];
        int[] open = [.. Enumerable.Range(0, students.Count)];
        for (int backtrack = 0; backtrack <= options.MaxBacktracks && open.Length > 0; backtrack++)
        {
            using var scope = NewDisposeScope();
            using var tried = Pick(start, open);
            var wanted = targets.index_select(0, tensor(open.Select(model => (long)model).ToArray()));
            FineTune(tried, open, wanted, Math.Pow(RateShare, backtrack), limits);
            double[] distances = Distances(tried, wanted);
            for (int i = 0; i < open.Length; i++)
            {
                // A comparison that also refuses a distance that is not a number.
                if (distances[i] < nearest[open[i]])
                {
                    nearest[open[i]] = distances[i];
                    Replace(students, open[i], tried.Member(i));
                }
            }

            open = [.. open.Where(model => !(nearest[model] <= Enough * Enough * first[model]))];
        }
    }

    private void FineTune(ModelStack models, int[] which, Tensor wanted, double rate, double[] limits) =>
        new GradientLoop(options.For(set.Entries.Length), features, new FineTuningBatches(set, seed), new MatchObjective(wanted))
        {
            Stage = "matching predicted outputs",
            RateFactor = rate == 1 ? null : _ => rate,
            IsDone = options.StopResidual > 0 ? (model, loss) => loss <= limits[which[model]] : null,
        }.Run(models, [], progress, cancellationToken);

    private double[] Distances(ModelStack models, Tensor wanted)
    {
        using var logits = models.Logits(features, cancellationToken: cancellationToken);
        return Distances(logits, wanted);
    }

    /// <summary>Each model's mean squared distance to the targets; rows count as often as the fine-tuning set has them.</summary>
    private double[] Distances(Tensor logits, Tensor wanted)
    {
        using var scope = NewDisposeScope();
        var times = new float[set.Rows.Length];
        foreach (int entry in set.Entries)
        {
            times[entry] += 1f / set.Entries.Length;
        }

        return [.. logits.sub(wanted).pow(Held(2)).mean([2]).mv(tensor(times)).ToHost<float>().Select(distance => (double)distance)];
    }

    private static ModelStack Pick(ModelStack models, int[] which)
    {
        ModelStack[] single = [.. which.Select(model => models.Slice(model, 1))];
        try
        {
            return ModelStack.Concatenate(single);
        }
        finally
        {
            foreach (var model in single)
            {
                model.Dispose();
            }
        }
    }

    private static void Replace(ModelStack models, int model, Tensor[] weights)
    {
        using var noGrad = no_grad();
        for (int i = 0; i < weights.Length; i++)
        {
            models.Tensors[i][model].copy_(weights[i]);
        }
    }

    /// <summary>Root mean squared difference over rows and classes, mean over models.</summary>
    private static double RootMeanSquare(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return logits.sub(targets).pow(Held(2)).mean([1, 2]).sqrt().mean().item<float>();
    }
}
