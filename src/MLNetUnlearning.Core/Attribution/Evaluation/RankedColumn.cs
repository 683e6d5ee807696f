namespace MLNetUnlearning.Attribution.Evaluation;

/// <summary>Values in ascending order with their ties, sorted once and then ranked under any weights without sorting again.</summary>
internal sealed class RankedColumn
{
    private readonly int[] order;
    private readonly bool[] startsTie;

    /// <param name="values">The values; finite.</param>
    public RankedColumn(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        startsTie = new bool[sorted.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            startsTie[i] = i == 0 || sorted[i] != sorted[i - 1];
        }
    }

    /// <summary>Average ranks, less their mean, when each value occurs as often as its weight says.</summary>
    /// <param name="weights">How often each value occurs, at least 0.</param>
    /// <param name="ranks">Receives a centred rank per value.</param>
    public void Rank(ReadOnlySpan<int> weights, Span<double> ranks)
    {
        double before = 0;
        int total = 0;
        foreach (int weight in weights)
        {
            total += weight;
        }

        for (int start = 0, end; start < order.Length; start = end)
        {
            int tied = 0;
            for (end = start; end < order.Length && (end == start || !startsTie[end]); end++)
            {
                tied += weights[order[end]];
            }

            // Ranks before + 1 to before + tied have this mean; all ranks have mean (total + 1) / 2.
            double rank = before + 0.5 * (tied + 1) - 0.5 * (total + 1);
            for (int i = start; i < end; i++)
            {
                ranks[order[i]] = rank;
            }

            before += tied;
        }
    }

    /// <summary>Spearman's correlation with average ranks for ties; 0 if either side has no spread.</summary>
    /// <param name="x">One side.</param>
    /// <param name="y">The other side.</param>
    /// <param name="weights">How often each pair occurs.</param>
    public static double Correlation(RankedColumn x, RankedColumn y, ReadOnlySpan<int> weights)
    {
        Span<double> a = new double[weights.Length], b = new double[weights.Length];
        x.Rank(weights, a);
        y.Rank(weights, b);
        double xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            xy += weights[i] * a[i] * b[i];
            xx += weights[i] * a[i] * a[i];
            yy += weights[i] * b[i] * b[i];
        }

        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : 0;
    }
}
