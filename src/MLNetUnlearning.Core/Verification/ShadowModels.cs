namespace MLNetUnlearning.Verification;

/// <summary>Margins of rows under shadow models, some of which saw a row and some of which did not, and the scores of a model against them.</summary>
/// <remarks>
/// For values the residual of an output takes the margin's place: the ratio is linear in it and knows which way the row pulls it. A row's score is the likelihood ratio of Carlini et al. (arXiv 2112.03570): log density of the margin under a normal distribution fitted to models that saw the row,
/// minus that under one fitted to models that did not, both of one variance: with two, a margin far below both would count for the wider one, and a broken model for one
/// that remembers. A model is compared with each model k that did not see the row, both scored against the others of
/// k's kind: so a model of that kind scores 0.5 whatever the margins' distribution and however few the shadow models.
/// </remarks>
internal sealed class ShadowModels
{
    private readonly float[,] margins;
    private readonly bool[,] saw;
    private readonly int ownVarianceFrom;

    /// <param name="margins">Margins, [models, rows]; where models lack rows beyond those tested, less the change that those cause.</param>
    /// <param name="saw">Whether a model was trained on a row, [models, rows].</param>
    /// <param name="ownVarianceFrom">Fewest models of a kind that give a row a variance of its own.</param>
    public ShadowModels(float[,] margins, bool[,] saw, int ownVarianceFrom)
    {
        this.margins = margins;
        this.saw = saw;
        this.ownVarianceFrom = ownVarianceFrom;
    }

    /// <summary>Scores a model.</summary>
    /// <param name="model">Its margin of each row, [rows].</param>
    /// <param name="change">By how much the margin of each row is to change in a model that never saw the tested rows, [rows]: where that is known, added to the shadow models that did not see the row.</param>
    /// <param name="rows">The rows to test.</param>
    /// <param name="without">A shadow model to leave out, because it is the model itself; or -1.</param>
    /// <returns>Null if no row has two shadow models of either kind.</returns>
    public MembershipScore? Score(IReadOnlyList<float> model, IReadOnlyList<float>? change, IReadOnlyList<int> rows, int without = -1)
    {
        var inside = rows.Select(row => Moments.Of(Values(row, true, 0, without))).ToArray();
        var outside = rows.Select(row => Moments.Of(Values(row, false, change?[row] ?? 0, without))).ToArray();
        int[] usable = [.. Enumerable.Range(0, rows.Count).Where(i => inside[i].Count >= 2 && outside[i].Count >= 2)];
        if (usable.Length == 0)
        {
            return null;
        }

        double variance = Moments.Pooled(usable.Select(i => inside[i]).Concat(usable.Select(i => outside[i])));
        var ratios = new RankComparison();
        var distances = new RankComparison();
        foreach (int i in usable)
        {
            int row = rows[i];
            bool own = Math.Min(inside[i].Count, outside[i].Count) >= ownVarianceFrom;
            double weight = 1.0 / outside[i].Count;
            foreach (double margin in Values(row, false, change?[row] ?? 0, without))
            {
                var others = outside[i].Without(margin);
                double deviation = Math.Max(NormalFit.SmallestDeviation, Math.Sqrt(own ? Moments.Pooled([inside[i], others]) : variance));
                var member = new NormalFit(inside[i].Mean, deviation);
                var stranger = new NormalFit(others.Mean, deviation);
                ratios.Add(Ratio(model[row]), Ratio(margin), weight);
                distances.Add(Distance(model[row]), Distance(margin), weight);

                // A margin that is not finite is not one of a sound model that never saw the row: furthest away, on the side of over-forgetting.
                double Ratio(double value) => double.IsFinite(value) ? member.LogDensity(value) - stranger.LogDensity(value) : double.NegativeInfinity;
                double Distance(double value) => double.IsFinite(value) ? Math.Abs(value - stranger.Mean) / stranger.Deviation : double.PositiveInfinity;
            }
        }

        return new MembershipScore(ratios.Auc(), distances.Auc(), ratios.ShareAbove(0.99), ratios.ShareBelow(0.01), usable.Length);
    }

    private List<double> Values(int row, bool inside, float shift, int without)
    {
        var values = new List<double>();
        for (int model = 0; model < margins.GetLength(0); model++)
        {
            if (model != without && saw[model, row] == inside && float.IsFinite(margins[model, row]))
            {
                values.Add(margins[model, row] + shift);
            }
        }

        return values;
    }
}
