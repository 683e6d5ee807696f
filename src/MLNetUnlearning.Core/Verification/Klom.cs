namespace MLNetUnlearning.Verification;

/// <summary>
/// KLoM, the KL divergence of margins (arXiv 2410.23232, appendix E): per row, the divergence between the distribution of a row's margin over unlearned
/// models and its distribution over oracles (models retrained without the forget set), from histograms.
/// </summary>
/// <remarks>
/// The published code bins margins so that the largest value falls outside the last bin, and so calls models that all diverged upwards perfect. Here the last
/// bin is closed, no sample is dropped, and values that are not finite have a bin of their own in which oracles do not count. Otherwise as in the
/// reference: KL(unlearned ‖ oracle), margins clipped to ±100, 20 equal bins over the pooled range, oracle probabilities of zero replaced by 1e-5, natural
/// logarithm. Two equal samples score 0; samples that share no bin score ln(1e5) = 11.51. Finite samples of one distribution score above 0,
/// the more the fewer they are (mean 0.34 at 100 samples, 3.0 at 20): compare only at equal sizes, and always with the floor. <see cref="KlomVariant"/> has the
/// published rules, for comparison with published numbers.
/// </remarks>
public static class Klom
{
    /// <summary>Bins of the histogram.</summary>
    public const int Bins = 20;

    /// <summary>Margins are clipped to plus and minus this value.</summary>
    public const float Clip = 100;

    /// <summary>Stands for an oracle probability of zero.</summary>
    public const double Floor = 1e-5;

    /// <summary>KLoM of every row.</summary>
    /// <param name="unlearned">Margins of the unlearned models, [models, rows].</param>
    /// <param name="oracles">Margins of as many oracles, [models, rows].</param>
    /// <param name="variant">Rules of the histograms. Default <see cref="KlomVariant.Corrected"/>.</param>
    /// <returns>One divergence per row, in nats, from 0 to ln(1e5) by the corrected rules; by published ones see there.</returns>
    /// <exception cref="ArgumentException">The numbers of models or rows differ, or there is no model.</exception>
    public static double[] PerRow(float[,] unlearned, float[,] oracles, KlomVariant variant = KlomVariant.Corrected)
    {
        int models = unlearned.GetLength(0), rows = unlearned.GetLength(1);
        RequireSameModels(models, oracles.GetLength(0));
        if (rows != oracles.GetLength(1))
        {
            throw new ArgumentException($"The margins belong to different rows: {rows} and {oracles.GetLength(1)}.", nameof(oracles));
        }

        var result = new double[rows];
        var unlearnedMargins = new float[models];
        var oracleMargins = new float[models];
        for (int row = 0; row < rows; row++)
        {
            for (int model = 0; model < models; model++)
            {
                unlearnedMargins[model] = unlearned[model, row];
                oracleMargins[model] = oracles[model, row];
            }

            result[row] = Divergence(unlearnedMargins, oracleMargins, variant);
        }

        return result;
    }

    /// <summary>KLoM of one row.</summary>
    /// <param name="unlearned">The row's margins over unlearned models.</param>
    /// <param name="oracles">The row's margins over oracles.</param>
    /// <param name="variant">Rules of the histograms. Default <see cref="KlomVariant.Corrected"/>.</param>
    /// <returns>The divergence in nats.</returns>
    /// <exception cref="ArgumentException">A sample is empty, or the two differ in size.</exception>
    public static double Divergence(ReadOnlySpan<float> unlearned, ReadOnlySpan<float> oracles, KlomVariant variant = KlomVariant.Corrected)
    {
        RequireSameModels(unlearned.Length, oracles.Length);
        return variant == KlomVariant.Corrected ? Corrected(unlearned, oracles) : PublishedKlomRules.Divergence(unlearned, oracles, variant);
    }

    /// <exception cref="ArgumentException">The numbers of models differ, or there is none.</exception>
    internal static void RequireSameModels(int unlearned, int oracles)
    {
        if (unlearned != oracles || unlearned == 0)
        {
            throw new ArgumentException($"KLoM depends on the number of models: compare as many unlearned models as oracles, not {unlearned} with {oracles}.", nameof(oracles));
        }
    }

    private static double Corrected(ReadOnlySpan<float> unlearned, ReadOnlySpan<float> oracles)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        Extend(unlearned, ref low, ref high);
        Extend(oracles, ref low, ref high);
        var p = Histogram(unlearned, low, high);
        var q = Histogram(oracles, low, high);
        double sum = 0;
        for (int bin = 0; bin < p.Length; bin++)
        {
            if (p[bin] > 0)
            {
                // No oracle vouches for a value that is not finite, not even one that has diverged itself.
                double expected = bin < Bins ? Math.Max(q[bin], Floor) : Floor;
                sum += p[bin] * Math.Log(p[bin] / expected);
            }
        }

        // The floor lets the sum come out a hair below zero where q is below it.
        return Math.Max(sum, 0);
    }

    private static void Extend(ReadOnlySpan<float> margins, ref float low, ref float high)
    {
        foreach (float margin in margins)
        {
            if (float.IsFinite(margin))
            {
                low = Math.Min(low, Math.Clamp(margin, -Clip, Clip));
                high = Math.Max(high, Math.Clamp(margin, -Clip, Clip));
            }
        }
    }

    /// <summary>Shares of the bins; the extra last one counts values that are not finite.</summary>
    private static double[] Histogram(ReadOnlySpan<float> margins, float low, float high)
    {
        var shares = new double[Bins + 1];
        double width = high > low ? ((double)high - low) / Bins : 1.0 / Bins;
        foreach (float margin in margins)
        {
            int bin = !float.IsFinite(margin) ? Bins : Math.Min(Bins - 1, (int)((Math.Clamp(margin, -Clip, Clip) - (double)low) / width));
            shares[bin] += 1.0 / margins.Length;
        }

        return shares;
    }
}
