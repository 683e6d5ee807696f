using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>
/// Retrains without single rows and compares the change of every logit, or value, with the predicted one. For small models: it takes rows left out x models trainings. Models with and without the row share their seeds,
/// which takes out most of the noise between seeds.
/// </summary>
public sealed class LeaveOneOutCheck
{
    private readonly Trainer trainer;
    private readonly LeaveOneOutOptions options;

    /// <summary>Creates a check.</summary>
    /// <param name="trainer">Trains every model as the bank of the attribution was trained.</param>
    /// <param name="options">Settings; checked and copied here.</param>
    public LeaveOneOutCheck(Trainer trainer, LeaveOneOutOptions options)
    {
        options.Validate();
        this.trainer = trainer;
        this.options = options.Clone();
    }

    /// <summary>Trains and compares.</summary>
    /// <param name="attributor">The attribution under test.</param>
    /// <param name="rows">The rows that it covers.</param>
    /// <param name="targets">Features [targets, features] of the examples whose logits are compared.</param>
    /// <param name="progress">Receives a report per epoch and per prediction.</param>
    /// <param name="cancellationToken">Stops the work between two steps.</param>
    /// <exception cref="RowDataException">A row to leave out is unknown or given twice; thrown before any work.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer rows than are to be left out; thrown before any work.</exception>
    public LeaveOneOutReport Run(IFittedAttributor attributor, LabeledRows rows, Tensor targets, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] left = ChooseRows(rows);
        IReadOnlyList<long>[] groups = [[], .. left.Select(id => (IReadOnlyList<long>)[id])];
        MemberPlan[] members = [.. groups.SelectMany(without => Enumerable.Range(0, options.Models).Select(i => new MemberPlan(StableRandom.Mix(options.Seed, StableRandom.Oracles, (ulong)i), without)))];
        using var models = trainer.Train(rows, members, null, "retraining without single rows", progress, cancellationToken);
        using var logits = models.Final.Logits(targets, cancellationToken: cancellationToken);
        // [groups, models, targets, classes]; the first group saw all rows.
        var grouped = logits.view(groups.Length, options.Models, targets.shape[0], -1);
        var truths = new TrueChange[left.Length];
        var predictions = new Tensor[left.Length];
        try
        {
            for (int i = 0; i < left.Length; i++)
            {
                truths[i] = TrueChange.FromPairs(grouped[i + 1], grouped[0], rows.Loss);
                using var change = attributor.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [left[i]], Targets = targets }, null, cancellationToken);
                predictions[i] = change.IsPerModel ? change.Values.mean([0]) : change.Values.alias();
                progress?.Report(new("predicting the effect of single rows", i + 1, left.Length));
            }

            using var truth = TrueChange.Concatenate(truths);
            return new LeaveOneOutReport(left, options.Models, TargetError.Of(cat(predictions), truth), TargetError.Of(cat([.. predictions.Skip(1), predictions[0]]), truth));
        }
        finally
        {
            foreach (var truth in truths)
            {
                truth?.Dispose();
            }
        }
    }

    private long[] ChooseRows(LabeledRows rows)
    {
        if (options.RowIds is { } ids)
        {
            return [.. rows.IndexesOf(ids).Select(row => rows.RowIds[row])];
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Count, options.Rows, nameof(rows));
        return [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.Plan)).Take(options.Rows).Order().Select(row => rows.RowIds[row])];
    }
}
