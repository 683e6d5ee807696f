using MLNetUnlearning.Training;

namespace MLNetUnlearning.Verification;

/// <summary>Resamples models: how much would the mean and the 95th percentile of KLoM move, had other models been drawn?</summary>
/// <remarks>
/// Each draw leaves out a quarter of the models of either side, the same for all rows, and deviations are scaled up by √((n - d) / d) (delete-d jackknife, Shao and Wu 1989).
/// Drawing with replacement repeats models, which empties bins: its intervals came out two to four times too wide on normal samples, and these one to two times. Rows are not drawn: they are the
/// rows in question, and their divergences depend on each other through the models.
/// </remarks>
internal static class KlomBootstrap
{
    private const int LeftOutOf = 4;

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
        if (resamples == 0 || models < 2)
        {
            return summary;
        }

        int leftOut = Math.Max(1, models / LeftOutOf);
        double scale = Math.Sqrt((models - leftOut) / (double)leftOut);
        long[] ids = [.. Enumerable.Range(0, models).Select(model => (long)model)];
        var means = new double[resamples];
        var percentiles = new double[resamples];
        Parallel.For(0, resamples, new ParallelOptions { CancellationToken = cancellationToken }, draw =>
        {
            int[] Chosen(ulong side) => [.. StableRandom.Order(ids, StableRandom.Mix(seed, StableRandom.Bootstrap, side, (ulong)draw)).Take(models - leftOut)];
            var drawn = KlomSummary.Of(PerRow(unlearned, oracles, Chosen(0), Chosen(1), variant), models - leftOut);
            means[draw] = drawn.Mean;
            percentiles[draw] = drawn.P95;
        });
        return summary with
        {
            MeanInterval = ConfidenceInterval.Of(means, summary.Mean, confidence, scale),
            P95Interval = ConfidenceInterval.Of(percentiles, summary.P95, confidence, scale),
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
