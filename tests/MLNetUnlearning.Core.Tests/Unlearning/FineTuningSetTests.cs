using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class FineTuningSetTests
{
    [TestMethod]
    public void Create_Multipliers_RepeatsForgetRowsAndSamplesRetainRows()
    {
        using var rows = Digits.Train(100);
        int[] forget = [4, 40, 77];

        var set = FineTuningSet.Create(rows, forget, forgetMultiplier: 5, retainMultiplier: 2.5, seed: 1);

        Assert.HasCount(3 + 7, set.Rows);
        CollectionAssert.AreEqual(new long[] { 4, 40, 77 }, set.Rows[..3]);
        Assert.HasCount(7, set.Rows[3..].Except([4, 40, 77]).Distinct().ToArray());
        Assert.HasCount(3 * 5 + 7, set.Entries);
        for (int entry = 0; entry < set.Rows.Length; entry++)
        {
            Assert.AreEqual(entry < 3 ? 5 : 1, set.Entries.Count(e => e == entry), $"entry {entry}");
        }
    }

    [TestMethod]
    public void Create_MoreRetainRowsThanThereAre_TakesAll()
    {
        using var rows = Digits.Train(50);

        var set = FineTuningSet.Create(rows, [1, 2], forgetMultiplier: 1, retainMultiplier: 1000, seed: 1);

        CollectionAssert.AreEquivalent(Enumerable.Range(0, 50).Select(row => (long)row).ToArray(), set.Rows);
    }

    [TestMethod]
    public void Create_SmallMultiplier_TakesOneRetainRow()
    {
        using var rows = Digits.Train(50);

        Assert.HasCount(2 + 1, FineTuningSet.Create(rows, [1, 2], 1, retainMultiplier: 0.01, seed: 1).Rows);
    }

    [TestMethod]
    public void Create_ShuffledInput_ChoosesTheSameRows()
    {
        var raw = Digits.Raw(100);
        using var rows = Digits.Create(raw);
        new Random(5).Shuffle(raw);
        using var shuffled = Digits.Create(raw);

        CollectionAssert.AreEqual(Ids(rows, seed: 1), Ids(shuffled, seed: 1));
        CollectionAssert.AreNotEqual(Ids(rows, seed: 1), Ids(rows, seed: 2));
    }

    /// <summary>Two requests that differ in one row share most of their retain rows: the draw belongs to the row, not to its position.</summary>
    [TestMethod]
    public void Create_OneForgetRowMore_KeepsTheOthersDraw()
    {
        using var rows = Digits.Train(100);
        var few = FineTuningSet.Create(rows, [10], 1, 20, seed: 1).Rows[1..];
        var more = FineTuningSet.Create(rows, [(int)few[0]], 1, 20, seed: 1).Rows[1..];

        Assert.HasCount(19, few.Intersect(more).ToArray());
    }

    private static long[] Ids(LabeledRows rows, ulong seed) =>
        [.. FineTuningSet.Create(rows, [3, 30], 2, 5, seed).Rows.Select(row => rows.RowIds[(int)row])];
}
