using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

[TestClass]
public sealed class DeletionUnitsTests
{
    private const int Count = 300, Members = 25;
    private const double Share = 0.2;

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Plan_Groups_LeaveAsAWhole(bool structured)
    {
        using var rows = Grouped(row => row * 7919L % 83);
        var plan = Plan(rows, structured);
        var units = Enumerable.Range(0, Count).GroupBy(row => rows.Groups![row]).Select(unit => unit.Select(row => rows.RowIds[row]).ToHashSet()).ToArray();
        foreach (var ids in plan.Members)
        {
            var chosen = ids.ToHashSet();
            Assert.IsTrue(units.All(unit => unit.IsSubsetOf(chosen) || !unit.Overlaps(chosen)), "A group was split.");
            Assert.IsNotEmpty(chosen);
            // A plan without groups has members of a sixth of the share to the share; the largest group has 4 rows.
            Assert.IsLessThanOrEqualTo((Share * Count) + 4, chosen.Count);
        }

        // The control: the same plan without groups splits them.
        using var single = Digits.Train(Count);
        Assert.IsTrue(Plan(single, structured).Members.Any(ids => units.Any(unit => unit.Overlaps(ids) && !unit.IsSubsetOf(ids))));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Plan_EveryRowItsOwnGroup_IsThePlanWithoutGroups(bool structured)
    {
        using var plain = Digits.Train(Count);
        using var grouped = Grouped(row => 1_000 - (3 * row));
        Assert.AreEqual(Text(Plan(plain, structured)), Text(Plan(grouped, structured)));
    }

    [TestMethod]
    public void Plan_OtherNamesOfTheSameGroups_IsTheSame()
    {
        using var some = Grouped(row => row / 3);
        using var others = Grouped(row => -17 * (row / 3));
        Assert.AreEqual(Text(Plan(some, true)), Text(Plan(others, true)));
    }

    [TestMethod]
    public void Plan_GroupLargerThanTheShare_LeavesAlone()
    {
        using var rows = Grouped(row => row % 2);
        foreach (var ids in Plan(rows, structured: false).Members)
        {
            Assert.HasCount(Count / 2, ids);
        }
    }

    [TestMethod]
    public void Plan_OneGroup_IsRefused()
    {
        using var rows = Grouped(_ => 5);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Plan(rows, true)).Message, "one group");
        Assert.ThrowsExactly<ArgumentException>(() => Plan(rows, false));
    }

    [TestMethod]
    public void Select_Groups_StayWithTheirRows()
    {
        using var rows = Grouped(row => row / 3);
        using var some = rows.Select([0, 1, 5, 6, 7]);
        CollectionAssert.AreEqual(new[] { 0, 0, 1, 2, 2 }, some.Groups!.ToArray());
        using var left = rows.Without([.. Enumerable.Range(3, Count - 3)]);
        CollectionAssert.AreEqual(new[] { 0, 0, 0 }, left.Groups!.ToArray());
    }

    [TestMethod]
    public void Create_GroupsOfOtherNumber_IsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => LabeledRows.Create([1f, 2f], 1, [0, 1], [1, 2], 2, groups: [7])).Message, "groups");

    private static DeletionPlan Plan(LabeledRows rows, bool structured) =>
        structured ? DeletionPlan.Structured(rows, Members, Share, 3) : DeletionPlan.Random(rows, Members, Share, 3);

    private static string Text(DeletionPlan plan) => string.Join('\n', plan.Members.Select(ids => string.Join(',', ids)));

    private static LabeledRows Grouped(Func<int, long> group)
    {
        using var rows = Digits.Train(Count);
        return LabeledRows.Create(
            rows.Features.data<float>().ToArray(),
            Digits.Pixels,
            [.. rows.Labels.data<long>().Select(label => (int)label)],
            [.. rows.RowIds],
            Digits.Classes,
            groups: Enumerable.Range(0, Count).Select(group).ToArray());
    }
}
