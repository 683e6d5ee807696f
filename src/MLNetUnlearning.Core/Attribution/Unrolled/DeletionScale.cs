using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// Factors on predicted changes, for rows that leave and rows that stay: least squares on what the bank's own deletions did to margins, in units of how much each row varies between trainings. Each deletion counts alike, and 1,
/// which is what the derivation says, half as much as all of them. A mean over few members carries their chance, most of it on rows that stay, whose changes are small; the factor takes some of that off.
/// </summary>
/// <param name="Leaving">For targets that leave.</param>
/// <param name="Staying">For targets that stay.</param>
internal sealed record DeletionScale(double Leaving, double Staying)
{
    private const int StayingRows = 1000;

    /// <summary>Deletions that did just what was predicted and that count beside each real one: 1 is what the derivation says.</summary>
    private const double PriorWeight = 0.5;

    /// <summary>Fits the factors; both are 1 if the bank shows no deletion.</summary>
    /// <param name="ensemble">Predicts.</param>
    /// <param name="options">How many deletions.</param>
    /// <param name="bank">The bank.</param>
    /// <param name="rows">The rows that it was trained on.</param>
    /// <param name="progress">Receives a report per deletion and member.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static DeletionScale Fit(UnrolledEnsemble ensemble, UnrolledInfluenceOptions options, ModelBank bank, LabeledRows rows, IProgress<WorkProgress>? progress, CancellationToken cancellationToken)
    {
        var deletions = DeletionRecord.Of(bank, rows.RowIds);
        int[] used = [.. Enumerable.Range(0, deletions.Count).Where(i => deletions.Rows[i].Length > 0).Take(options.CalibrationDeletions)];
        if (used.Length == 0)
        {
            return new(1, 1);
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var variances = MarginVariance.Of(bank, rows, deletions, cancellationToken);
        double[] products = new double[2], squares = new double[2];
        int done = 0;
        foreach (int deletion in used)
        {
            using var inner = NewDisposeScope();
            int[] leaving = deletions.Rows[deletion];
            var left = leaving.ToHashSet();
            int[] staying = [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.CalibrationRows)).Where(row => !left.Contains(row)).Take(StayingRows)];
            var index = DeletionRecord.Positions([.. leaving, .. staying]);
            Tensor features = rows.Features.index_select(0, index), labels = rows.Labels.index_select(0, index);
            var variance = variances.index_select(0, index);
            using var members = bank.Models.Final.Slice(0, bank.FullMembers);
            using var member = bank.Models.Final.Slice(bank.FullMembers + deletion, 1);
            Tensor full = members.Logits(features, cancellationToken: cancellationToken), without = member.Logits(features, cancellationToken: cancellationToken);
            Tensor Margins(Tensor logits) => LogitMargins.Of(logits.unsqueeze(0), labels).view_as(variance);

            var steps = ensemble.Solve(rows, leaving, () => progress?.Report(new("calibrating attribution", Interlocked.Increment(ref done), (long)used.Length * ensemble.Count)), cancellationToken);
            var mean = full.mean([0]);
            var predicted = Margins(mean.add(ensemble.Change(steps, features, cancellationToken), Held(1))).sub(Margins(mean));
            var truth = Margins(without[0]).sub(Margins(Twin(bank, deletion) is { } twin ? full[twin] : mean));
            for (int side = 0; side < 2; side++)
            {
                Tensor Of(Tensor values) => side == 0 ? values.slice(0, 0, leaving.Length, 1) : values.slice(0, leaving.Length, values.shape[0], 1);
                var weights = Of(variance).reciprocal();
                double signal = Of(truth).pow(Held(2)).mul(weights).sum().item<double>() + 1;
                products[side] += Of(predicted).mul(Of(truth)).mul(weights).sum().item<double>() / signal;
                squares[side] += Of(predicted).pow(Held(2)).mul(weights).sum().item<double>() / signal;
            }

            foreach (var step in steps)
            {
                step.Dispose();
            }
        }

        // What one model makes of a deletion is half chance, and slopes differ from one deletion to the next by a fifth and more: fitted to a dozen alone, factors missed by a tenth, and took off half of what was right about
        // rows that stay. A factor below 0 says that predictions mean nothing; none above 2 was met where they meant something.
        double prior = PriorWeight * used.Length;
        double Factor(int side) => Math.Clamp((products[side] + prior) / (squares[side] + prior), 0, 2);
        return new(Factor(0), Factor(1));
    }

    /// <summary>The member trained on all rows that shares its seed with a deletion's, if there is one: the difference of the two carries less chance.</summary>
    private static int? Twin(ModelBank bank, int deletion)
    {
        ulong seed = bank.Members[bank.FullMembers + deletion].Seed;
        int found = Enumerable.Range(0, bank.FullMembers).FirstOrDefault(i => bank.Members[i].Seed == seed, -1);
        return found >= 0 ? found : null;
    }
}
