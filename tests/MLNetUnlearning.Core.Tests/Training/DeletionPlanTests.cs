using MLNetUnlearning.Training;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests.Training;

[TestClass]
public sealed class DeletionPlanTests
{
    private const int Members = 12, Size = 30;

    [TestMethod]
    public void Random_Members_HaveExactlyTheirShareOfKnownRows()
    {
        using var rows = Digits.Train(300);
        var plan = DeletionPlan.Random(rows, Members, 0.1, 1);
        Assert.HasCount(Members, plan.Members);
        foreach (var ids in plan.Members)
        {
            // IndexesOf throws on an unknown or repeated id.
            Assert.HasCount(Size, rows.IndexesOf(ids));
        }

        Assert.AreEqual(Members, plan.Members.Select(ids => string.Join(',', ids)).Distinct().Count());
    }

    [TestMethod]
    [DataRow(0.001, 1)]
    [DataRow(0.5, 10)]
    [DataRow(0.999, 19)]
    public void Random_AnyShare_LeavesSomethingOutAndSomethingIn(double share, int expected)
    {
        using var rows = Digits.Train(20);

        Assert.HasCount(expected, DeletionPlan.Random(rows, 1, share, 1).Members[0]);
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

    /// <summary>Log-uniform sizes over a factor of six: half of them below the geometric mean, in each kind.</summary>
    [TestMethod]
    public void Structured_Sizes_SpreadFromASixthOfTheShareToAllOfIt()
    {
        using var rows = Digits.Train();
        double largest = 0.04 * rows.Count, middle = largest / Math.Sqrt(6);
        var plan = DeletionPlan.Structured(rows, 100, 0.04, 1);
        for (int kind = 0; kind < 5; kind++)
        {
            int[] sizes = [.. plan.Members.Where((_, member) => member % 5 == kind).Select(ids => rows.IndexesOf(ids).Length)];
            Assert.IsInRange(8, 12, sizes.Count(size => size < middle));
            Assert.IsLessThanOrEqualTo(0.25 * largest, sizes.Min());
            Assert.IsGreaterThanOrEqualTo(0.85 * largest, sizes.Max());
            Assert.IsTrue(sizes.All(size => size >= Math.Floor(largest / 6) && size <= Math.Ceiling(largest)));
        }

        Assert.AreEqual(100, plan.Members.Select(ids => string.Join(',', ids)).Distinct().Count());
    }

    [TestMethod]
    public void Structured_FiveKinds_HaveTheirShapes()
    {
        using var scope = torch.NewDisposeScope();
        using var rows = Digits.Train();
        var plan = DeletionPlan.Structured(rows, 25, 0.05, 1);
        for (int member = 0; member < 25; member += 5)
        {
            // Negative control: random members mix classes, are no closer to each other than any rows are, and lie around the mean.
            Assert.IsGreaterThan(0.85, Closeness(rows, plan.Members[member]));
            Assert.IsLessThan(1.5, FromMean(rows, plan.Members[member]));
            Assert.IsGreaterThan(5, ClassesOf(rows, plan.Members[member]));
            Assert.IsLessThan(0.85, Closeness(rows, plan.Members[member + 1]));
            Assert.IsLessThan(0.75, Closeness(rows, plan.Members[member + 2]));
            Assert.AreEqual(1, ClassesOf(rows, plan.Members[member + 2]));
            Assert.AreEqual(1, ClassesOf(rows, plan.Members[member + 3]));
            Assert.IsGreaterThan(1.5, FromMean(rows, plan.Members[member + 4]));
        }
    }

    [TestMethod]
    public void Structured_ClassSmallerThanAMember_LosesNoClassWhole()
    {
        using var rows = Digits.Train(300);
        long[] all = rows.Labels.data<long>().ToArray();
        foreach (var ids in DeletionPlan.Structured(rows, 25, 0.5, 1).Members.Where((_, member) => member % 5 >= 2))
        {
            long[] lost = [.. rows.IndexesOf(ids).Select(row => all[row])];
            Assert.IsTrue(Enumerable.Range(0, 10).All(label => 3 * lost.Count(l => l == label) <= 2 * all.Count(l => l == label)), "More than two thirds of a class are gone.");
        }
    }

    [TestMethod]
    public void Structured_AllRowsAlike_StillFindsRowsForEachKind()
    {
        using var rows = Digits.Create(Digits.Raw(60).Select(row => (row.Id, new float[Digits.Pixels], 0)));

        Assert.IsTrue(DeletionPlan.Structured(rows, 10, 0.5, 1).Members.All(ids => rows.IndexesOf(ids).Length is >= 5 and <= 30));
    }

    [TestMethod]
    public void Structured_Made_LeavesNoTensorBehind()
    {
        using var rows = Digits.Train(60);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => DeletionPlan.Structured(rows, 6, 0.2, 1), times: 3));
    }

    /// <summary>Distance of the set's mean from that of all rows, relative to the rows' spread.</summary>
    /// <summary>Distance of the set's mean from that of all rows, in units of what it is for as many random rows.</summary>
    private static double FromMean(LabeledRows rows, IReadOnlyList<long> ids)
    {
        using var scope = torch.NewDisposeScope();
        using var set = rows.Select(rows.IndexesOf(ids));
        var mean = rows.Features.mean([0]);
        return Math.Sqrt(ids.Count) * (set.Features.mean([0]).sub(mean).norm() / rows.Features.sub(mean).pow(Held(2)).sum(1).mean().sqrt()).item<float>();
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
