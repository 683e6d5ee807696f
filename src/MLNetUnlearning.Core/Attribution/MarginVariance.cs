using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>
/// How much the margins of rows vary from one training to the next. Divided by it, an error says whether a margin could be a retrained model's, which is what verification asks; a margin of 12 instead of
/// 14 can be far more likely than one of 1 instead of 0.
/// </summary>
internal static class MarginVariance
{
    /// <summary>Weight of the median row's variance, added to each row's own: few members say little about a single row.</summary>
    private const double MedianWeight = 0.25;

    /// <param name="bank">The bank.</param>
    /// <param name="rows">The rows that it was trained on.</param>
    /// <param name="deletions">Which member lacks which rows: those say nothing about its spread with the row.</param>
    /// <param name="cancellationToken">Checked between members.</param>
    /// <returns>[rows, margins per row], above 0, in the current dispose scope; all ones if no row was seen by two members.</returns>
    public static Tensor Of(ModelBank bank, LabeledRows rows, DeletionRecord deletions, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var seen = cat([ones(bank.FullMembers, rows.Count), deletions.Mask().neg().add(Held(1), Held(1))]).unsqueeze(2);
        Tensor count = seen.sum([0]), sum = zeros(1), squares = zeros(1);
        for (int member = 0; member < bank.Members.Count; member++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            using var model = bank.Models.Final.Slice(member, 1);
            using var logits = model.Logits(rows.Features, cancellationToken: cancellationToken);
            var margins = LogitMargins.Of(logits, rows.Labels).view(rows.Count, -1).to_type(ScalarType.Float64);
            sum = sum.add(margins.mul(seen[member]), Held(1)).MoveToOtherDisposeScope(scope);
            squares = squares.add(margins.pow(Held(2)).mul(seen[member]), Held(1)).MoveToOtherDisposeScope(scope);
        }

        var mean = sum.div(count.clamp_min(Held(1)));
        var variance = squares.sub(mean.pow(Held(2)).mul(count)).div(count.sub(Held(1)).clamp_min(Held(1))).clamp_min(Held(0));
        var known = count.gt(Held(1)).expand_as(variance);
        var some = variance.masked_select(known);
        double median = some.numel() > 0 ? some.median().item<double>() : 0;
        // All members alike, or too few to tell: no row counts for more than another.
        return median > 0
            ? variance.where(known, full_like(variance, Held(median))).add(Held(MedianWeight * median), Held(1)).MoveToOuterDisposeScope()
            : ones_like(variance).MoveToOuterDisposeScope();
    }
}
