namespace MLNetUnlearning.Tests.Onnx;

/// <summary>Compares scores.</summary>
internal static class Differences
{
    public static double MaxAbs(IReadOnlyList<float> left, IReadOnlyList<float> right)
    {
        Assert.HasCount(left.Count, right);
        return left.Zip(right, (a, b) => (double)Math.Abs(a - b)).Max();
    }

    public static long[] ArgMax(float[] scores, int classes) => [.. scores.Chunk(classes).Select(row => (long)Array.IndexOf(row, row.Max()))];
}
