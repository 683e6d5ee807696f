using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>A model trained without a row must not depend on that row's contents in any bit.</summary>
[TestClass]
public sealed class ExcludedRowsTests
{
    private static IEnumerable<NetworkGraph> Graphs => Runs.Graphs;

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_ExcludedRowChanged_GivesTheSameBits(NetworkGraph graph) => Assert.AreEqual(
        BitsWithout(graph, excluded: 7, changed: -1, value: 0),
        BitsWithout(graph, excluded: 7, changed: 7, value: 5));

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_IncludedRowChanged_GivesOtherBits(NetworkGraph graph) => Assert.AreNotEqual(
        BitsWithout(graph, excluded: 7, changed: -1, value: 0),
        BitsWithout(graph, excluded: 7, changed: 8, value: 5));

    [TestMethod]
    public void Train_ExcludedFirstRowHasHugeFeatures_GivesTheSameBits()
    {
        var graph = NetworkSpec.Mlp(128).CreateGraph(Digits.Pixels, Digits.Classes);

        // Short batches of a stack are padded. Were the first row the padding, its logits would overflow, and zero times infinity is not zero.
        string expected = BitsWithout(graph, excluded: 0, changed: -1, value: 0);

        Assert.AreEqual(expected, BitsWithout(graph, excluded: 0, changed: 0, value: float.MaxValue));
    }

    [TestMethod]
    public void Train_ExcludedRowRemovedAltogether_GivesTheSameBits()
    {
        var raw = Digits.Raw(100);
        using var all = Digits.Create(raw);
        using var left = Digits.Create(raw.Where((_, i) => i is not (3 or 60)));
        using var member = Runs.Train(Runs.Mlp, all, [new MemberPlan(1, [raw[60].Id, raw[3].Id])]);

        Assert.AreEqual(Runs.BitsOfOne(Runs.Mlp, left), Bits.Of(member));
    }

    /// <summary>A member that lacks one row, beside one that waits for it at the end of every epoch.</summary>
    private static string BitsWithout(NetworkGraph graph, int excluded, int changed, float value)
    {
        var raw = Digits.Raw(100);
        if (changed >= 0)
        {
            Array.Fill(raw[changed].Pixels, value);
        }

        using var rows = Digits.Create(raw);
        using var models = Runs.Train(graph, rows, [new MemberPlan(1, [rows.RowIds[excluded]]), new MemberPlan(2, [rows.RowIds[excluded], .. rows.RowIds.Skip(40)])]);
        return Bits.Of(models);
    }
}
