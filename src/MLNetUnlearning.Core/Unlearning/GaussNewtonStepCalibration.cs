using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Attribution.Solvers;
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
    /// <exception cref="InvalidOperationException">Under every setting some step ran away to weights that are not finite.</exception>
    public GaussNewtonStepCalibrationResult Calibrate(ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var deletions = DeletionRecord.Of(bank, rows.RowIds);
        var twins = Twins(bank, deletions);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var variances = MarginVariance.Of(bank, rows, deletions, cancellationToken);
        var errors = new (double Leaving, double Staying)[twins.Length][];
        int done = 0;
        Workers.Run(twins.Length, options.Step.MaxWorkers, i =>
        {
            using var noGradients = no_grad();
            errors[i] = Try(bank, rows, variances, twins[i], cancellationToken);
            progress?.Report(new("calibrating the step", Interlocked.Increment(ref done), twins.Length));
        });

        var settings =
            from damping in options.Dampings
            from multiplier in options.Multipliers
            from shrinkage in options.Shrinkages
            select (damping, multiplier, shrinkage);
        GaussNewtonStepTrial[] trials =
        [
            .. settings.Select((setting, i) => new GaussNewtonStepTrial(
                setting.damping, setting.multiplier, setting.shrinkage, Ratio(errors, i + 1, error => error.Leaving), Ratio(errors, i + 1, error => error.Staying))),
        ];
        // A step that ran away has an error that is not a number, which would sort before all others.
        var best = trials.Where(trial => double.IsFinite(trial.Error)).MinBy(trial => trial.Error)
            ?? throw new InvalidOperationException("Under every setting tried some step ran away to weights that are not finite. Give Dampings that are larger.");
        var chosen = options.Step.Clone();
        (chosen.Damping, chosen.Multiplier, chosen.Shrinkage) = (best.Damping, best.Multiplier, best.Shrinkage);
        return new GaussNewtonStepCalibrationResult(chosen, best, trials, twins.Length);
    }

    /// <summary>Geometric mean over deletions: one that doing nothing misses by far counts no more than the others. The first error of a deletion is that of doing nothing.</summary>
    private static double Ratio((double Leaving, double Staying)[][] errors, int trial, Func<(double Leaving, double Staying), double> part)
    {
        const double tiny = 1e-12;
        return Math.Exp(errors.Average(one => Math.Log((part(one[trial]) + tiny) / (part(one[0]) + tiny))));
    }

    private (int Full, int Member, int[] Rows)[] Twins(ModelBank bank, DeletionRecord deletions)
    {
        var full = Enumerable.Range(0, bank.FullMembers).ToDictionary(i => bank.Members[i].Seed);
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

    private (double Leaving, double Staying)[] Try(ModelBank bank, LabeledRows rows, Tensor variances, (int Full, int Member, int[] Rows) twin, CancellationToken cancellationToken)
    {
        var request = OwnSteps.Rows(rows, twin.Rows, options.Step, options.Seed);
        var left = twin.Rows.ToHashSet();
        int[] staying = [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.CalibrationRows)).Where(row => !left.Contains(row)).Take(options.StayingRows)];
        var index = DeletionRecord.Positions([.. twin.Rows, .. staying]);
        Tensor features = rows.Features.index_select(0, index), labels = rows.Labels.index_select(0, index);
        var weights = bank.Models.Final.Member(twin.Full);
        double share = twin.Rows.Length / (double)rows.Count;
        long leaving = twin.Rows.Length;
        var variance = variances.index_select(0, index);
        Tensor Logits(Tensor[] of) => bank.Graph.Forward(of, features, stacked: false, training: false);
        Tensor Margins(Tensor logits) => LogitMargins.Of(logits.unsqueeze(0), labels).view_as(variance);

        var truth = Margins(Logits(bank.Models.Final.Member(twin.Member)));
        var results = new List<(double, double)>();
        void Add(Tensor logits)
        {
            using var scope = NewDisposeScope();
            var squared = Margins(logits).sub(truth).pow(Held(2)).div(variance);
            results.Add((squared.slice(0, 0, leaving, 1).mean().item<double>(), squared.slice(0, leaving, squared.shape[0], 1).mean().item<double>()));
        }

        Add(Logits(weights));
        foreach (var change in OwnSteps.SolveOne(bank.Graph, weights, request, options.Step, options.Dampings, cancellationToken))
        {
            foreach (double multiplier in options.Multipliers)
            {
                var logits = Logits(new ParameterVector(bank.Graph).Moved(weights, change.mul(Held(multiplier))));
                foreach (double shrinkage in options.Shrinkages)
                {
                    Add(logits.mul(Held(OwnSteps.Scale(shrinkage, share))));
                }
            }
        }

        return [.. results];
    }
}
