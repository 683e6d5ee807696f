using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>The three published KLoM codes step by step as numpy and scipy do them: edges, indices from a search to the right, counts per index, relative entropy.</summary>
internal static class NaiveNumpyKlom
{
    public static double Divergence(double[] unlearned, double[] oracles, KlomVariant variant)
    {
        static double[] Clip(double[] x) => [.. x.Select(v => Math.Min(Math.Max(v, -100), 100))];
        switch (variant)
        {
            case KlomVariant.DatamodelMatching:
                {
                    double[] p = Clip(unlearned), q = oracles;
                    double[] edges = Linspace(p.Concat(q).Min(), p.Concat(q).Max(), 20);
                    int[] indices = [.. Enumerable.Range(0, 20)];
                    return Entropy(Normalize(Count(Digitize(p, edges), indices)), [.. Normalize(Count(Digitize(q, edges), indices)).Select(v => Math.Max(v, 1e-5))]);
                }

            case KlomVariant.DataUnlearningBench:
                return Modern(Clip(oracles), Clip(unlearned), Entropy);

            default:
                return Modern(Clip(unlearned), Clip(oracles), (p, q) => p.Zip(q).Where(pair => pair.First > 0).Sum(pair => pair.First * Math.Log(pair.First / pair.Second)));
        }
    }

    private static double Modern(double[] p, double[] q, Func<double[], double[], double> entropy)
    {
        double low = p.Concat(q).Min(), high = p.Concat(q).Max();
        double[] edges = Linspace(low, low >= high ? low + 1 : high, 21);
        int[] indices = [.. Enumerable.Range(1, 20)];
        double[] OrZero(double[] counts) => counts.Sum() > 0 ? Normalize(counts) : counts;
        double[] ps = OrZero(Count(Digitize(p, edges), indices)), qs = OrZero(Count(Digitize(q, edges), indices));
        return entropy(ps, [.. ps.Zip(qs, (a, b) => a > 0 ? Math.Max(b, 1e-5) : b)]);
    }

    private static double[] Linspace(double start, double stop, int count) => [.. Enumerable.Range(0, count).Select(i => i == count - 1 ? stop : start + i * ((stop - start) / (count - 1)))];

    private static int[] Digitize(double[] values, double[] edges) => [.. values.Select(value => edges.Count(edge => edge <= value))];

    private static double[] Count(int[] indices, int[] wanted) => [.. wanted.Select(i => (double)indices.Count(index => index == i))];

    private static double[] Normalize(double[] counts) => [.. counts.Select(count => count / counts.Sum())];

    /// <summary>scipy.stats.entropy: both arguments normalised, 0 log 0 = 0, x log(x / 0) infinite.</summary>
    private static double Entropy(double[] p, double[] q) => Normalize(p).Zip(Normalize(q)).Sum(pair => pair.First == 0 ? 0 : pair.First * Math.Log(pair.First / pair.Second));
}
