using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>
/// Takes away the rows that attribution holds most responsible for a prediction, retrains, and sees whether the prediction flips; against as many random rows (Ilyas et al. 2022, arXiv 2202.00622).
/// For small models: it takes up to 2 x targets x sizes x models trainings.
/// </summary>
public sealed class BrittlenessCheck
{
    private readonly Trainer trainer;
    private readonly BrittlenessOptions options;

    /// <summary>Creates a check.</summary>
    /// <param name="trainer">Trains every model as the bank of the attribution was trained.</param>
    /// <param name="options">Settings; checked and copied here.</param>
    public BrittlenessCheck(Trainer trainer, BrittlenessOptions options)
    {
        options.Validate();
        this.trainer = trainer;
        this.options = options.Clone();
    }

    /// <summary>Trains and compares.</summary>
    /// <param name="attributor">The attribution under test.</param>
    /// <param name="rows">The rows that it covers.</param>
    /// <param name="targets">The examples whose predictions are to be flipped; not among the rows.</param>
    /// <param name="progress">Receives a report per model and per epoch.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="ArgumentException">The rows have values, whose predictions cannot flip; thrown before any work.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The largest size leaves no rows; thrown before any work.</exception>
    public BrittlenessReport Run(IRowInfluence attributor, LabeledRows rows, LabeledRows targets, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        rows.RequireClasses("A brittleness check");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.Sizes[^1], rows.Count, nameof(options.Sizes));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        float[] full = MeanMargins(rows, targets, [[]], progress, cancellationToken)[0];
        int[] correct = [.. Enumerable.Range(0, targets.Count).Where(target => full[target] > 0)];
        using var scores = attributor.RowInfluence(rows, targets.Features, targets.Labels, progress, cancellationToken);
        int[][] influential = [.. correct.Select(target => MostInfluential(scores[target]))];
        int[][] random = [.. correct.Select(target => StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.Plan, (ulong)targets.RowIds[target])))];
        int?[] byInfluence = SmallestFlips(rows, targets, correct, influential, progress, cancellationToken);
        int?[] atRandom = SmallestFlips(rows, targets, correct, random, progress, cancellationToken);
        return new BrittlenessReport(options.Models, [.. correct.Select((target, i) => new BrittleTarget(targets.RowIds[target], byInfluence[i], atRandom[i]))]);
    }

    /// <summary>Rows by falling score; equal scores in the order of the rows.</summary>
    private static int[] MostInfluential(Tensor scores)
    {
        float[] values = scores.to_type(ScalarType.Float32).ToHost<float>();
        return [.. Enumerable.Range(0, values.Length).OrderByDescending(row => values[row])];
    }

    /// <summary>For each target the smallest size at which the first rows of its order, taken away, flip it.</summary>
    private int?[] SmallestFlips(LabeledRows rows, LabeledRows targets, int[] among, int[][] orders, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var flips = new int?[among.Length];
        foreach (int size in options.Sizes)
        {
            int[] open = [.. Enumerable.Range(0, among.Length).Where(i => flips[i] is null)];
            if (open.Length == 0)
            {
                break;
            }

            var margins = MeanMargins(rows, targets, [.. open.Select(i => (IReadOnlyList<long>)[.. orders[i].Take(size).Order().Select(row => rows.RowIds[row])])], progress, cancellationToken);
            for (int i = 0; i < open.Length; i++)
            {
                if (margins[i][among[open[i]]] < 0)
                {
                    flips[open[i]] = size;
                }
            }
        }

        return flips;
    }

    /// <summary>Mean margins of all targets, over models trained without each of some sets of rows.</summary>
    private float[][] MeanMargins(LabeledRows rows, LabeledRows targets, IReadOnlyList<long>[] without, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        MemberPlan[] members = [.. without.SelectMany(ids => Enumerable.Range(0, options.Models).Select(i => new MemberPlan(StableRandom.Mix(options.Seed, StableRandom.Oracles, (ulong)i), ids)))];
        using var models = trainer.Train(rows, members, null, "retraining without sets of rows", progress, cancellationToken);
        using var logits = models.Final.Logits(targets.Features, cancellationToken: cancellationToken);
        var margins = LogitMargins.Of(logits, targets.Labels).view(without.Length, options.Models, -1).mean([1]);
        return [.. Enumerable.Range(0, without.Length).Select(set => margins[set].ToHost<float>())];
    }
}
