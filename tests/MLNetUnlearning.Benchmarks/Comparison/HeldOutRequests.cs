using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>
/// The requests that methods are compared on, fixed before any was run. None of them served to develop a method or to choose a setting.
/// </summary>
/// <remarks>
/// Digits, used before and so left out: random requests of seeds 1 to 8 and from 101 on; the positive ends of the first direction of every class; the positive and negative ends of the first five
/// directions of all rows. Fashion-MNIST: random requests of seeds 1 and 101; the positive ends of the first direction of classes 2, 4 and 6.
/// </remarks>
internal static class HeldOutRequests
{
    /// <summary>Two random requests, the negative ends of two classes' first directions, and the ends of the sixth and seventh direction of all rows.</summary>
    public static IReadOnlyList<ForgetSet> Digits(LabeledRows rows) =>
    [
        new("random-100-a", ForgetSets.Random(rows, 100, 2001)),
        new("clustered-50-a", OtherEnd(rows, 4, 50)),
        new("principal-50-a", ForgetSets.PrincipalComponent(rows, rows.Features, 6, 50)),
        new("random-100-b", ForgetSets.Random(rows, 100, 2002)),
        new("clustered-50-b", OtherEnd(rows, 9, 50)),
        new("principal-50-b", ForgetSets.PrincipalComponent(rows, rows.Features, 7, 50)),
    ];

    /// <summary>A random request and one end of one class's first direction; the random one can be large.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="random">Rows of the random requests.</param>
    /// <param name="clustered">Rows of the clustered request.</param>
    /// <param name="label">Class of the clustered request.</param>
    /// <returns>Made one by one as they are read: a direction of large images takes its time.</returns>
    public static IEnumerable<ForgetSet> Images(LabeledRows rows, int[] random, int clustered, int label)
    {
        foreach (int count in random)
        {
            yield return new($"random-{count}", ForgetSets.Random(rows, count, 2001));
        }

        yield return new($"clustered-{clustered}", ForgetSets.Clustered(rows, label, clustered));
    }

    /// <summary>The rows of a class at the end of its first principal direction that <see cref="ForgetSets.Clustered"/> does not take.</summary>
    private static IReadOnlyList<long> OtherEnd(LabeledRows rows, int label, int count)
    {
        using var negative = rows.Features.neg();
        using var mirrored = LabeledRows.Create([.. negative.contiguous().data<float>()], rows.FeatureCount, [.. rows.Labels.data<long>().Select(value => (int)value)], [.. rows.RowIds], rows.Classes);
        return ForgetSets.Clustered(mirrored, label, count);
    }
}
