namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

/// <summary>Spearman's correlation by counting, for each value, those below it and beside it.</summary>
internal static class NaiveSpearman
{
    public static double Of(double[] x, double[] y)
    {
        double[] a = Ranks(x), b = Ranks(y);
        double meanA = a.Average(), meanB = b.Average();
        double Sum(Func<int, double> term) => Enumerable.Range(0, a.Length).Sum(term);
        return Sum(i => (a[i] - meanA) * (b[i] - meanB)) / Math.Sqrt(Sum(i => (a[i] - meanA) * (a[i] - meanA)) * Sum(i => (b[i] - meanB) * (b[i] - meanB)));
    }

    private static double[] Ranks(double[] values) =>
        [.. values.Select(value => values.Count(other => other < value) + 0.5 * (values.Count(other => other == value) + 1))];
}
