namespace MLNetUnlearning.Verification;

/// <summary>KLoM of one row by the rules of the three published codes, flaws included, for comparison with published numbers.</summary>
/// <remarks>Written from their description. Margins that are not finite are outside what those codes handle; here they make the result not a number.</remarks>
internal static class PublishedKlomRules
{
    /// <inheritdoc cref="Klom.Divergence"/>
    public static double Divergence(ReadOnlySpan<float> unlearned, ReadOnlySpan<float> oracles, KlomVariant variant)
    {
        bool swapped = variant == KlomVariant.DataUnlearningBench;
        bool first = variant == KlomVariant.DatamodelMatching;
        double[] p = Values(swapped ? oracles : unlearned, clip: true), q = Values(swapped ? unlearned : oracles, clip: !first);
        if (p.Concat(q).Any(value => !double.IsFinite(value)))
        {
            return double.NaN;
        }

        double low = Math.Min(p.Min(), q.Min()), high = Math.Max(p.Max(), q.Max());
        if (low >= high && !first)
        {
            high = low + 1;
        }

        int intervals = first ? Klom.Bins - 1 : Klom.Bins;
        var edges = Edges(low, high, intervals);
        double[] ps = Shares(p, edges), qs = Shares(q, edges);
        if (double.IsNaN(ps[0]))
        {
            return variant == KlomVariant.EasyDub ? 0 : double.NaN;
        }

        // An oracle sample all of whose values were dropped has no share anywhere: 0/0 in the first code, 0 in the others.
        if (double.IsNaN(qs[0]))
        {
            Array.Fill(qs, first ? double.NaN : 0);
        }

        double[] lifted = [.. qs.Select((share, bin) => first || ps[bin] > 0 ? Math.Max(share, Klom.Floor) : share)];
        // The first code also has a bin below the range, which nothing falls into, and lifts it, too.
        double total = variant == KlomVariant.EasyDub ? 1 : lifted.Sum() + (first ? Klom.Floor : 0);
        return ps.Select((share, bin) => share > 0 ? share * Math.Log(share * total / lifted[bin]) : 0).Sum();
    }

    private static double[] Values(ReadOnlySpan<float> margins, bool clip)
    {
        var values = new double[margins.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = clip ? Math.Clamp(margins[i], -Klom.Clip, Klom.Clip) : margins[i];
        }

        return values;
    }

    private static double[] Edges(double low, double high, int intervals)
    {
        double step = (high - low) / intervals;
        double[] edges = [.. Enumerable.Range(0, intervals + 1).Select(i => low + i * step)];
        edges[^1] = high;
        return edges;
    }

    /// <summary>Shares among the values that fall into right-open intervals; all NaN if none does.</summary>
    private static double[] Shares(double[] values, double[] edges)
    {
        var counts = new double[edges.Length - 1];
        foreach (double value in values)
        {
            int above = Array.FindIndex(edges, edge => edge > value);
            if (above > 0)
            {
                counts[above - 1]++;
            }
        }

        double kept = counts.Sum();
        return [.. counts.Select(count => count / kept)];
    }
}
