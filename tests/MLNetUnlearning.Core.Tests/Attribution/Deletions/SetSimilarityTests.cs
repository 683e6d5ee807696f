using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Deletions;

[TestClass]
public sealed class SetSimilarityTests
{
    private const int RowCount = 60, Effects = 7;
    private static readonly int[][] Sets = [[0, 3, 17, 40], [3, 5, 41], [8, 9]];

    /// <summary>Relative tolerance 1e-4: squared distances are differences of float32 squares.</summary>
    [TestMethod]
    public void Of_Deletions_IsTheMeanOfBothKindsByHand()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(RowCount);
        var effects = Drawn();
        var kernel = new RowKernel(rows, 0.2);
        double Features(int i, int j) => kernel.Between(rows, Mask(Sets[i]), Mask(Sets[j]), CancellationToken.None).item<double>();
        double Acts(int i, int j) => Enumerable.Range(0, Effects).Sum(k => (double)effects[i, k].item<float>() * effects[j, k].item<float>());
        double Mean(Func<int, int, double> of) => Enumerable.Range(0, Sets.Length).Average(i => of(i, i));

        var (_, among) = SetSimilarity.Of(kernel, rows, Masks(), effects, CancellationToken.None);

        for (int i = 0; i < Sets.Length; i++)
        {
            for (int j = 0; j < Sets.Length; j++)
            {
                double expected = 0.5 * Features(i, j) / Mean(Features) + 0.5 * Acts(i, j) / Mean(Acts);
                Assert.AreEqual(expected, among[i, j].item<double>(), 1e-4, $"{i}, {j}");
            }
        }

        Assert.AreEqual(1, among.diagonal().mean().item<double>(), 1e-12);
    }

    [TestMethod]
    public void To_OneOfTheDeletions_IsItsRowOfTheMatrix()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(RowCount);
        var effects = Drawn();
        var (similarity, among) = SetSimilarity.Of(new RowKernel(rows, 0.2), rows, Masks(), effects, CancellationToken.None);

        var (others, itself) = similarity.To(rows, Mask(Sets[1]), Masks(), effects[1], CancellationToken.None);
        var (elsewhere, _) = similarity.To(rows, Mask(Sets[1]), Masks(), effects[2], CancellationToken.None);

        Assert.AreEqual(0, others.sub(among[1]).abs().max().item<double>(), 1e-12);
        Assert.AreEqual(among[1, 1].item<double>(), itself, 1e-12);
        Assert.IsGreaterThan(0.01, elsewhere.sub(among[1]).abs().max().item<double>(), "Negative control: other effects.");
    }

    [TestMethod]
    public void Of_MeanThatSaysNothing_LeavesFeatures()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(RowCount);
        var kernel = new RowKernel(rows, 0.2);
        var features = kernel.Between(rows, Masks(), Masks(), CancellationToken.None);

        var (_, among) = SetSimilarity.Of(kernel, rows, Masks(), zeros(Sets.Length, Effects), CancellationToken.None);

        Assert.AreEqual(0, among.sub(features.div(features.diagonal().mean())).abs().max().item<double>(), 1e-12);
    }

    [TestMethod]
    public void Thinned_Rows_AreAtMostFiveHundredSpreadOut()
    {
        CollectionAssert.AreEqual(Enumerable.Range(0, 500).ToArray(), SetSimilarity.Thinned(Enumerable.Range(0, 500)));
        CollectionAssert.AreEqual(Enumerable.Range(0, 251).Select(i => 2 * i).ToArray(), SetSimilarity.Thinned(Enumerable.Range(0, 501)));
        Assert.HasCount(500, SetSimilarity.Thinned(Enumerable.Range(0, 2000)));
    }

    private static Tensor Drawn()
    {
        using var generator = new Generator(5);
        return randn(Sets.Length, Effects, generator: generator);
    }

    private static Tensor Masks() => cat([.. Sets.Select(Mask)]);

    private static Tensor Mask(int[] members)
    {
        var mask = zeros(1, RowCount);
        foreach (int member in members)
        {
            mask[0, member] = 1;
        }

        return mask;
    }
}
