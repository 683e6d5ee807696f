using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Solvers;

/// <summary>
/// Rows that stand for all when curvature is summed: drawn from a pool with probabilities in proportion to how much they matter, and weighted by the inverse, so that the sum keeps its expectation and varies far less
/// than with as many rows drawn evenly.
/// </summary>
internal static class CurvatureSample
{
    /// <summary>Rows looked at for one that is drawn.</summary>
    private const int PoolRatio = 8;

    /// <summary>Share of the probability that is spread evenly: it bounds the weight of a row that seems to matter little.</summary>
    private const double EvenShare = 0.1;

    /// <summary>Positions, ascending, of the rows looked at: the same for all models.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="without">Positions of rows that leave.</param>
    /// <param name="count">Rows that will be drawn.</param>
    /// <param name="seed">Fixes which.</param>
    public static int[] Pool(LabeledRows rows, int[] without, int count, ulong seed)
    {
        var left = without.ToHashSet();
        int size = (int)Math.Min(rows.Count, (long)count * PoolRatio);
        return [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(seed, StableRandom.RetainSample)).Where(row => !left.Contains(row)).Take(size).Order()];
    }

    /// <summary>At most as many rows, evenly spread over those given.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="most">Most rows.</param>
    public static Tensor Spread(Tensor features, long most)
    {
        long count = features.shape[0];
        return count <= most ? features : features.index_select(0, linspace(0, count - 1, most, ScalarType.Float64).to_type(ScalarType.Int64));
    }

    /// <summary>Draws rows by Pareto sampling (Rosén 1997): as many as asked for, each with nearly the probability it should have, by a number that depends on its id alone.</summary>
    /// <param name="importance">How much each row of the pool matters, at least 0; only ratios count, and if all are 0 the rows are alike.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="count">Rows to draw; all if there are no more.</param>
    /// <param name="seed">Fixes the draw.</param>
    /// <returns>Positions in the pool, ascending, and the number of rows of the pool that each stands for.</returns>
    public static (int[] Rows, float[] Weights) Draw(float[] importance, long[] ids, int count, ulong seed)
    {
        if (count >= ids.Length)
        {
            return ([.. Enumerable.Range(0, ids.Length)], [.. Enumerable.Repeat(1f, ids.Length)]);
        }

        double[] inclusion = Inclusion(importance, count);
        // Rows that are certain have no rank among the others: they come first.
        double Rank(int row)
        {
            double uniform = ((StableRandom.Mix(seed, StableRandom.RetainSample, (ulong)ids[row]) >> 11) + 0.5) * (1.0 / (1UL << 53));
            return inclusion[row] >= 1 ? -1 : uniform / (1 - uniform) * (1 - inclusion[row]) / inclusion[row];
        }

        int[] drawn = [.. Enumerable.Range(0, ids.Length).OrderBy(Rank).ThenBy(row => ids[row]).Take(count).Order()];
        return (drawn, [.. drawn.Select(row => (float)(1 / inclusion[row]))]);
    }

    /// <summary>Probabilities of inclusion that add up to the count, none above 1.</summary>
    private static double[] Inclusion(float[] importance, int count)
    {
        double total = importance.Sum(value => (double)value);
        double[] share = [.. importance.Select(value => total > 0 ? (EvenShare / importance.Length) + ((1 - EvenShare) * value / total) : 1.0 / importance.Length)];
        var certain = new bool[share.Length];
        while (true)
        {
            // What is left to draw, spread over the rows that are not certain; some may become so.
            double left = count - certain.Count(one => one), sum = share.Where((_, row) => !certain[row]).Sum();
            int[] more = [.. Enumerable.Range(0, share.Length).Where(row => !certain[row] && share[row] * left >= sum)];
            if (more.Length == 0)
            {
                return [.. share.Select((value, row) => certain[row] ? 1 : value * left / sum)];
            }

            foreach (int row in more)
            {
                certain[row] = true;
            }
        }
    }
}
