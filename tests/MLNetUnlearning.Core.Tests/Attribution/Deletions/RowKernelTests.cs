using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

[TestClass]
public sealed class RowKernelTests
{
    /// <summary>Relative tolerance 1e-4: squared distances are differences of float32 squares.</summary>
    [TestMethod]
    public void Between_TwoSets_IsTheSumOverPairsByHand()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(60);
        const double relativeWidth = 0.2;
        float[][] x = [.. Enumerable.Range(0, 60).Select(i => rows.Features[i].data<float>().ToArray())];
        long[] y = [.. rows.Labels.data<long>()];
        double Distance(int i, int j) => x[i].Zip(x[j], (a, b) => (double)(a - b) * (a - b)).Sum();
        double mean = Enumerable.Range(0, 60).SelectMany(i => Enumerable.Range(0, 60).Select(j => Distance(i, j))).Average();
        int[] left = [0, 3, 17, 40], right = [3, 5, 41];
        double expected = left.SelectMany(i => right.Select(j => Math.Exp(-Distance(i, j) / (2 * relativeWidth * mean)) * (y[i] == y[j] ? 1 : 0.3))).Sum();

        double actual = new RowKernel(rows, relativeWidth).Between(rows, Mask(left), Mask(right), CancellationToken.None).item<double>();

        Assert.AreEqual(expected, actual, 1e-4 * expected);
    }

    [TestMethod]
    public void Between_Sets_LeavesNoTensors()
    {
        using var rows = Digits.Train(60);
        var kernel = new RowKernel(rows, 0.2);

        long left = LiveTensors.LeftOnThisThreadBy(
            () =>
            {
                using var scope = NewDisposeScope();
                kernel.Between(rows, Mask([1, 2]), Mask([3]), CancellationToken.None);
            },
            5);

        Assert.AreEqual(0, left);
    }

    private static Tensor Mask(int[] members)
    {
        var mask = zeros(1, 60);
        foreach (int member in members)
        {
            mask[0, member] = 1;
        }

        return mask;
    }
}
