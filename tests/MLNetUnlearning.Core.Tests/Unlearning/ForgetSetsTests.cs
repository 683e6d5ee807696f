using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class ForgetSetsTests
{
    [TestMethod]
    public void Sets_ShuffledInput_AreTheSameRows()
    {
        var raw = Digits.Raw(500);
        using var rows = Digits.Create(raw);
        new Random(5).Shuffle(raw);
        using var shuffled = Digits.Create(raw);

        Assert.AreSequenceEqual(ForgetSets.Random(rows, 50, 1), ForgetSets.Random(shuffled, 50, 1));
        Assert.AreSequenceEqual(ForgetSets.Clustered(rows, 8, 15), ForgetSets.Clustered(shuffled, 8, 15));
        Assert.AreNotSequenceEqual(ForgetSets.Random(rows, 50, 1), ForgetSets.Random(rows, 50, 2));
    }

    [TestMethod]
    public void Random_AnyCount_GivesDistinctKnownRowsAscending()
    {
        using var rows = Digits.Train(200);

        var ids = ForgetSets.Random(rows, 60, seed: 3);

        Assert.HasCount(60, ids);
        Assert.AreSequenceEqual(ids.Distinct().Order(), ids);
        Assert.HasCount(60, rows.IndexesOf(ids));
    }

    [TestMethod]
    public void Clustered_OneClass_GivesRowsCloserThanRandomRowsOfTheClass()
    {
        using var rows = Digits.Train();
        int[] ofClass = [.. rows.Labels.data<long>().Select((label, row) => (label, row)).Where(pair => pair.label == 8).Select(pair => pair.row)];

        int[] clustered = rows.IndexesOf(ForgetSets.Clustered(rows, label: 8, 30));

        Assert.HasCount(30, clustered);
        CollectionAssert.IsSubsetOf(clustered, ofClass);
        double closest = Enumerable.Range(0, 20).Min(draw => MeanDistance(rows, [.. StableRandom.Order(rows.RowIdSpan, (ulong)draw).Where(ofClass.Contains).Take(30)]));
        Assert.IsLessThan(closest, MeanDistance(rows, clustered), "closer than the closest of 20 random draws");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(200)]
    public void Random_CountOutOfRange_IsRefused(int count)
    {
        using var rows = Digits.Train(200);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ForgetSets.Random(rows, count, 1));
    }

    [TestMethod]
    public void Clustered_WholeClass_IsRefused()
    {
        using var rows = Digits.Train(200);
        int size = rows.Labels.data<long>().Count(label => label == 3);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ForgetSets.Clustered(rows, 3, size));
        Assert.HasCount(size - 1, ForgetSets.Clustered(rows, 3, size - 1));
    }

    private static double MeanDistance(LabeledRows rows, int[] indexes)
    {
        using var scope = NewDisposeScope();
        var features = rows.Features.index_select(0, tensor(indexes.Select(row => (long)row).ToArray()));
        return cdist(features, features).sum().item<float>() / (indexes.Length * (indexes.Length - 1));
    }
}
