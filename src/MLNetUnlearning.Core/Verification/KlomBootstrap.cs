using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>Bootstrap over models of the mean and the 95th percentile of KLoM: how much would they move, had other models been drawn?</summary>
/// <remarks>
/// Rows are not drawn: they are the rows in question, and their divergences depend on each other through the models. Unlearned models and oracles are drawn
/// independently of each other, with replacement, each draw the same models for all rows.
/// </remarks>
internal static class KlomBootstrap
{
    /// <summary>Summarises KLoM over rows, with intervals.</summary>
    /// <param name="unlearned">[models, rows].</param>
    /// <param name="oracles">[models, rows].</param>
    /// <param name="variant">Rules of the histograms.</param>
    /// <param name="resamples">Number of draws; 0 for no interval.</param>
    /// <param name="confidence">Nominal confidence of the intervals.</param>
    /// <param name="seed">Fixes the draws.</param>
    /// <param name="cancellationToken">Checked before every draw.</param>
    public static KlomSummary Summarize(float[,] unlearned, float[,] oracles, KlomVariant variant, int resamples, double confidence, ulong seed, CancellationToken cancellationToken)
    {
        int models = unlearned.GetLength(0);
        var summary = KlomSummary.Of(Klom.PerRow(unlearned, oracles, variant), models) with { Variant = variant };
        if (resamples == 0)
        {
            return summary;
        }

        var means = new double[resamples];
        var percentiles = new double[resamples];
        Parallel.For(0, resamples, new ParallelOptions { CancellationToken = cancellationToken }, draw =>
        {
            int[] Chosen(ulong side) => [.. Enumerable.Range(0, models).Select(i => (int)(StableRandom.Mix(seed, StableRandom.Bootstrap, side, (ulong)draw, (ulong)i) % (ulong)models))];
            var drawn = KlomSummary.Of(PerRow(unlearned, oracles, Chosen(0), Chosen(1), variant), models);
            means[draw] = drawn.Mean;
            percentiles[draw] = drawn.P95;
        });
        return summary with
        {
            MeanInterval = ConfidenceInterval.Of(means, summary.Mean, confidence),
            P95Interval = ConfidenceInterval.Of(percentiles, summary.P95, confidence),
        };
    }

    private static double[] PerRow(float[,] unlearned, float[,] oracles, int[] unlearnedModels, int[] oracleModels, KlomVariant variant)
    {
        var result = new double[unlearned.GetLength(1)];
        var u = new float[unlearnedModels.Length];
        var o = new float[oracleModels.Length];
        for (int row = 0; row < result.Length; row++)
        {
            for (int i = 0; i < u.Length; i++)
            {
                u[i] = unlearned[unlearnedModels[i], row];
                o[i] = oracles[oracleModels[i], row];
            }

            result[row] = Klom.Divergence(u, o, variant);
        }

        return result;
    }
}
