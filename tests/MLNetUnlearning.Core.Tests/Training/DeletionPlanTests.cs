using MLNetUnlearning.Training;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests.Training;

[TestClass]
public sealed class DeletionPlanTests
{
    private const int Members = 12, Size = 30;

    [TestMethod]
    public void RandomAndStructured_Members_HaveExactlyTheirShareOfKnownRows()
    {
        using var rows = Digits.Train(300);
        foreach (var plan in new[] { DeletionPlan.Random(rows, Members, 0.1, 1), DeletionPlan.Structured(rows, Members, 0.1, 1) })
        {
            Assert.HasCount(Members, plan.Members);
            foreach (var ids in plan.Members)
            {
                // IndexesOf throws on an unknown or repeated id.
                Assert.HasCount(Size, rows.IndexesOf(ids));
            }

            Assert.AreEqual(Members, plan.Members.Select(ids => string.Join(',', ids)).Distinct().Count());
        }
    }

    [TestMethod]
    [DataRow(0.001, 1)]
    [DataRow(0.5, 10)]
    [DataRow(0.999, 19)]
    public void Random_AnyShare_LeavesSomethingOutAndSomethingIn(double share, int expected)
    {
        using var rows = Digits.Train(20);

        Assert.HasCount(expected, DeletionPlan.Random(rows, 1, share, 1).Members[0]);
        Assert.HasCount(expected, DeletionPlan.Structured(rows, 2, share, 1).Members[1]);
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(1.0)]
    [DataRow(double.NaN)]
    public void Random_ShareOutOfRange_Throws(double share)
    {
        using var rows = Digits.Train(20);

        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DeletionPlan.Random(rows, 1, share, 1));
    }

    [TestMethod]
    public void Structured_SameSeed_GivesTheSamePlanWhateverTheOrderOfRows()
    {
        var raw = Digits.Raw(300);
        using var rows = Digits.Create(raw);
        new Random(3).Shuffle(raw);
        using var shuffled = Digits.Create(raw);

        Assert.AreEqual(Text(rows, 1), Text(shuffled, 1));
        Assert.AreNotEqual(Text(rows, 1), Text(rows, 2));

        static string Text(LabeledRows rows, ulong seed) => string.Join('\n', DeletionPlan.Structured(rows, 6, 0.1, seed).Members.Select(ids => string.Join(',', ids)));
    }

    [TestMethod]
    public void Structured_ThreeKinds_AreRandomThenNeighboursThenOneClass()
    {
        using var scope = torch.NewDisposeScope();
        using var rows = Digits.Train();
        var plan = DeletionPlan.Structured(rows, 15, 0.03, 1);
        for (int member = 0; member < 15; member += 3)
        {
            // Negative control: random members mix classes and are no closer to each other than any rows are.
            double random = Closeness(rows, plan.Members[member]), near = Closeness(rows, plan.Members[member + 1]), within = Closeness(rows, plan.Members[member + 2]);
            Assert.IsGreaterThan(0.9, random);
            Assert.IsLessThan(0.8, near);
            Assert.IsLessThan(0.7, within);
            Assert.IsGreaterThan(5, ClassesOf(rows, plan.Members[member]));
            Assert.AreEqual(1, ClassesOf(rows, plan.Members[member + 2]));
        }
    }

    [TestMethod]
    public void Structured_ClassSmallerThanAMember_LosesNoClassWhole()
    {
        using var rows = Digits.Train(300);
        foreach (var ids in DeletionPlan.Structured(rows, 15, 0.3, 1).Members.Where((_, member) => member % 3 == 2))
        {
            long[] all = rows.Labels.data<long>().ToArray(), lost = [.. rows.IndexesOf(ids).Select(row => all[row])];
            Assert.HasCount(90, lost);
            Assert.IsTrue(Enumerable.Range(0, 10).All(label => lost.Count(l => l == label) < all.Count(l => l == label)), "A whole class is gone.");
        }
    }

    [TestMethod]
    public void Structured_AllRowsAlike_StillReachesTheSize()
    {
        using var rows = Digits.Create(Digits.Raw(60).Select(row => (row.Id, new float[Digits.Pixels], 0)));

        Assert.IsTrue(DeletionPlan.Structured(rows, 6, 0.5, 1).Members.All(ids => rows.IndexesOf(ids).Length == 30));
    }

    [TestMethod]
    public void Structured_Made_LeavesNoTensorBehind()
    {
        using var rows = Digits.Train(60);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => DeletionPlan.Structured(rows, 6, 0.2, 1), times: 3));
    }

    private static int ClassesOf(LabeledRows rows, IReadOnlyList<long> ids) => rows.IndexesOf(ids).Select(row => rows.Labels[row].item<long>()).Distinct().Count();

    /// <summary>Mean distance from a row of the set to its nearest fifth of the set, relative to all rows' mean distance to as many random others.</summary>
    private static double Closeness(LabeledRows rows, IReadOnlyList<long> ids)
    {
        using var scope = torch.NewDisposeScope();
        using var set = rows.Select(rows.IndexesOf(ids));
        using var others = rows.Select(rows.IndexesOf(DeletionPlan.Random(rows, 1, (double)ids.Count / rows.Count, 99).Members[0]));
        return Nearest(set) / Nearest(others);

        static double Nearest(LabeledRows some) =>
            torch.cdist(some.Features, some.Features).sort(1).Values[.., 1..(some.Count / 5)].mean().item<float>();
    }
}
