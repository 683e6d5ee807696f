using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Chooses damping, multiplier and shrinkage of a <see cref="GaussNewtonStep"/> on a model bank's own deletions. A member that was trained without some rows shares its seed with a member
/// trained on all: the margins of the one are what those of the other should become by forgetting those rows, as a distribution over rows (<see cref="GaussNewtonStepTrial"/>). No request is looked at, and no validation row.
/// </summary>
public sealed class GaussNewtonStepCalibration
{
    private readonly GaussNewtonStepCalibrationOptions options;

    /// <summary>Creates a calibration; the settings are checked.</summary>
    public GaussNewtonStepCalibration(GaussNewtonStepCalibrationOptions options)
    {
        options.Validate();
        this.options = options;
    }

    /// <summary>Tries every damping, multiplier and shrinkage on every deletion.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="rows">The rows that it was trained on.</param>
    /// <param name="progress">Receives a report per deletion.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="ArgumentException">No member of the bank lacks rows and shares its seed with a member trained on all.</exception>
    public GaussNewtonStepCalibrationResult Calibrate(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var twins = Twins(bank, rows);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var errors = new (double Leaving, double Staying)[twins.Length][];
        int done = 0;
        Workers.Run(twins.Length, options.Step.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            errors[i] = Try(bank, rows, twins[i], cancellationToken);
            progress?.Report(new("calibrating the step", Interlocked.Increment(ref done), twins.Length));
        });

        // The first error of a deletion is that of doing nothing.
        double nothingLeaving = errors.Sum(one => one[0].Leaving) + 1e-12, nothingStaying = errors.Sum(one => one[0].Staying) + 1e-12;
        var settings =
            from damping in options.Dampings
            from multiplier in options.Multipliers
            from shrinkage in options.Shrinkages
            select (damping, multiplier, shrinkage);
        GaussNewtonStepTrial[] trials =
        [
            .. settings.Select((setting, i) => new GaussNewtonStepTrial(
                setting.damping, setting.multiplier, setting.shrinkage, errors.Sum(one => one[i + 1].Leaving) / nothingLeaving, errors.Sum(one => one[i + 1].Staying) / nothingStaying)),
        ];
        var best = trials.MinBy(trial => trial.Error)!;
        var chosen = options.Step.Clone();
        (chosen.Damping, chosen.Multiplier, chosen.Shrinkage) = (best.Damping, best.Multiplier, best.Shrinkage);
        return new GaussNewtonStepCalibrationResult(chosen, best, trials, twins.Length);
    }

    private (int Full, int Member, int[] Rows)[] Twins(ModelBank bank, LabeledRows rows)
    {
        var full = Enumerable.Range(0, bank.FullMembers).ToDictionary(i => bank.Members[i].Seed);
        var deletions = DeletionRecord.Of(bank, rows.RowIds);
        (int, int, int[])[] twins =
        [
            .. Enumerable.Range(0, deletions.Count)
                .Where(i => deletions.Rows[i].Length > 0 && full.ContainsKey(bank.Members[bank.FullMembers + i].Seed))
                .Select(i => (full[bank.Members[bank.FullMembers + i].Seed], bank.FullMembers + i, deletions.Rows[i]))
                .Take(options.MaxDeletions),
        ];
        return twins.Length > 0 ? twins : throw new ArgumentException(
            "Calibration needs members of the bank that lack rows and share their seed with a member trained on all rows; there is none. Train the bank with Members above 0.", nameof(bank));
    }

    private (double Leaving, double Staying)[] Try(ModelBank bank, LabeledRows rows, (int Full, int Member, int[] Rows) twin, CancellationToken cancellationToken)
    {
        var system = OwnSteps.System(rows, twin.Rows, options.Step, options.Seed);
        var left = twin.Rows.ToHashSet();
        int[] staying = [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.CalibrationRows)).Where(row => !left.Contains(row)).Take(options.StayingRows)];
        var index = DeletionRecord.Positions([.. twin.Rows, .. staying]);
        Tensor features = rows.Features.index_select(0, index), labels = rows.Labels.index_select(0, index);
        var weights = bank.Models.Final.Member(twin.Full);
        double share = twin.Rows.Length / (double)rows.Count;
        (double[] Leaving, double[] Staying) Sorted(Tensor logits) => (
            MarginDistance.Sorted(logits.slice(0, 0, twin.Rows.Length, 1), labels.slice(0, 0, twin.Rows.Length, 1)),
            MarginDistance.Sorted(logits.slice(0, twin.Rows.Length, logits.shape[0], 1), labels.slice(0, twin.Rows.Length, logits.shape[0], 1)));
        Tensor Logits(Tensor[] of) => bank.Graph.Forward(of, features, stacked: false, training: false);

        var truth = Sorted(Logits(bank.Models.Final.Member(twin.Member)));
        var results = new List<(double, double)>();
        void Add(Tensor logits)
        {
            var (leaves, stays) = Sorted(logits);
            results.Add((MarginDistance.Of(leaves, truth.Leaving), MarginDistance.Of(stays, truth.Staying)));
        }

        Add(Logits(weights));
        foreach (var change in OwnSteps.SolveOne(bank.Graph, weights, system, options.Step, options.Dampings, cancellationToken))
        {
            foreach (double multiplier in options.Multipliers)
            {
                var logits = Logits(OwnSteps.Moved(bank.Graph, weights, change.mul(multiplier)));
                foreach (double shrinkage in options.Shrinkages)
                {
                    Add(logits.mul(OwnSteps.Scale(shrinkage, share)));
                }
            }
        }

        return [.. results];
    }
}
