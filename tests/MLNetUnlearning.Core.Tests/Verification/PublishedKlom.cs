using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Core.Tests.Verification;

/// <summary>KLoM with the binning of the published code, written anew from its description: right-open bins, so that the pooled largest value is in none and is not counted.</summary>
internal static class PublishedKlom
{
    public static double Divergence(float[] unlearned, float[] oracles)
    {
        double[] p = [.. unlearned.Select(Clip)], q = [.. oracles.Select(Clip)];
        double low = p.Concat(q).Min(), high = p.Concat(q).Max(), width = (high - low) / Klom.Bins;
        double[] Shares(double[] values) =>
            [.. Enumerable.Range(0, Klom.Bins).Select(bin => values.Count(value => value < high && (int)((value - low) / width) == bin) / (double)values.Length)];
        double[] ps = Shares(p), qs = Shares(q);
        return ps.Zip(qs, (a, b) => a > 0 ? a * Math.Log(a / Math.Max(b, Klom.Floor)) : 0).Sum();
    }

    private static double Clip(float margin) => Math.Clamp(margin, -Klom.Clip, Klom.Clip);
}
