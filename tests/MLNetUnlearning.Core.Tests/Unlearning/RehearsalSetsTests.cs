using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>The forget sets beyond random and clustered ones.</summary>
[TestClass]
public sealed class RehearsalSetsTests
{
    [TestMethod]
    public void Drill_ShuffledInput_IsTheSameValidRequests()
    {
        var raw = Digits.Raw(300);
        using var rows = Digits.Create(raw);
        new Random(5).Shuffle(raw);
        using var shuffled = Digits.Create(raw);

        var drill = ForgetSets.Drill(rows, 20, seed: 2);

        CollectionAssert.AreEqual(drill.Select(set => set.Name).ToArray(), ForgetSets.Drill(shuffled, 20, seed: 2).Select(set => set.Name).ToArray());
        foreach (var (first, second) in drill.Zip(ForgetSets.Drill(shuffled, 20, seed: 2)))
        {
            Assert.AreSequenceEqual(first.RowIds, second.RowIds, first.Name);
            Assert.AreSequenceEqual(first.RowIds.Distinct().Order(), first.RowIds, first.Name);
            Assert.HasCount(first.RowIds.Count, new UnlearningRequest { ForgetRowIds = first.RowIds }.Resolve(rows), "A request that is served.");
        }

        Assert.IsTrue(new[] { "random-20", "neighbours-20", "principal-20", "principal-ends-20" }.All(name => drill.Single(set => set.Name == name).RowIds.Count == 20));
        Assert.HasCount(7, drill);
    }

    /// <summary>Points on a known axis, with noise across it: the top of the component is the points that lie furthest out, on the side of the furthest one.</summary>
    [TestMethod]
    [DataRow(3, DisplayName = "few dimensions")]
    [DataRow(200, DisplayName = "more dimensions than rows")]
    public void PrincipalComponent_KnownAxis_TakesItsEnds(int dimensions)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(50);
        var axis = randn([dimensions], generator: new Generator(1));
        double[] along = [.. Enumerable.Range(0, 50).Select(i => i == 7 ? -90.0 : (i * 17 % 50) - 25.0)];
        var vectors = tensor(along).unsqueeze(1).mul(axis.div(axis.norm())).add(randn([50, dimensions], generator: new Generator(2)).mul(Held(0.01 / Math.Sqrt(dimensions))), Held(1));
        IReadOnlyList<long> Ids(IEnumerable<int> positions) => [.. positions.Select(row => rows.RowIds[row]).Order()];
        int[] order = [.. Enumerable.Range(0, 50).OrderBy(i => along[i])];

        Assert.AreSequenceEqual(Ids(order.Take(5)), ForgetSets.PrincipalComponent(rows, vectors, 1, 5), "The furthest row is on the low side.");
        Assert.AreSequenceEqual(Ids(order.Take(3).Concat(order.TakeLast(2))), ForgetSets.PrincipalComponent(rows, vectors, 1, 5, bothEnds: true));
        Assert.AreNotSequenceEqual(ForgetSets.PrincipalComponent(rows, vectors, 1, 5), ForgetSets.PrincipalComponent(rows, vectors, 2, 5));
    }

    /// <summary>Two planted groups of rows that act on the model in opposite ways: the influence matrix has one direction, and each end is one group.</summary>
    [TestMethod]
    public void InfluenceComponent_PlantedGroups_FindsThem()
    {
        using var rows = Digits.Train(60);
        var planted = new PlantedInfluence(row => row % 5 == 0 ? 3 : row % 7 == 1 ? -2 : 0);
        int[] up = [.. Enumerable.Range(0, 60).Where(row => row % 5 == 0)], down = [.. Enumerable.Range(0, 60).Where(row => row % 5 != 0 && row % 7 == 1)];

        var top = ForgetSets.InfluenceComponent(rows, planted, 1, up.Length, maxTargets: 20);
        var both = ForgetSets.InfluenceComponent(rows, planted, 1, 2 * down.Length, bothEnds: true);

        Assert.AreSequenceEqual(up.Select(row => rows.RowIds[row]), top);
        CollectionAssert.IsSubsetOf(down.Select(row => rows.RowIds[row]).ToArray(), both.ToArray());
    }

    [TestMethod]
    public void NearestNeighbours_AnyCentre_AreTheNearestByALoop()
    {
        using var rows = Digits.Train(120);
        float[][] features = [.. Enumerable.Range(0, 120).Select(row => rows.Features[row].data<float>().ToArray())];
        long[] labels = [.. rows.Labels.data<long>()];
        foreach (bool sameClass in new[] { false, true })
        {
            int[] expected = [.. Enumerable.Range(0, 120).Where(row => !sameClass || labels[row] == labels[30]).OrderBy(row => features[row].Zip(features[30], (a, b) => (double)(a - b) * (a - b)).Sum()).Take(8)];

            Assert.AreSequenceEqual(expected.Select(row => rows.RowIds[row]).Order(), ForgetSets.NearestNeighbours(rows, rows.RowIds[30], 8, sameClass));
        }

        Assert.ThrowsExactly<RowDataException>(() => ForgetSets.NearestNeighbours(rows, -5, 8));
    }

    [TestMethod]
    public void WholeClass_AnyClass_LeavesTheRowsNearestToItsMean()
    {
        using var rows = Digits.Train(200);
        int[] ofClass = [.. rows.Labels.data<long>().Select((label, row) => (label, row)).Where(pair => pair.label == 4).Select(pair => pair.row)];

        var all = ForgetSets.WholeClass(rows, 4);

        Assert.HasCount(ofClass.Length - 1, all);
        CollectionAssert.IsSubsetOf(all.ToArray(), ofClass.Select(row => rows.RowIds[row]).ToArray());
        CollectionAssert.IsSubsetOf(ForgetSets.WholeClass(rows, 4, keep: 5).ToArray(), all.ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ForgetSets.WholeClass(rows, 4, ofClass.Length));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ForgetSets.WholeClass(rows, 10));
    }

    /// <summary>A class made of two blobs of 8 and 12 rows: its sub-classes are the blobs, larger first.</summary>
    [TestMethod]
    public void SubClass_TwoBlobs_AreItsSubClasses()
    {
        using var noise = randn([30, 2], generator: new Generator(3));
        float[] features = [.. noise.data<float>()];
        for (int row = 0; row < 20; row++)
        {
            features[2 * row] += row < 8 ? 20 : -20;
        }

        using var rows = LabeledRows.Create(features, 2, [.. Enumerable.Range(0, 30).Select(row => row < 20 ? 0 : 1)], [.. Enumerable.Range(100, 30).Select(id => (long)id)], 2);

        Assert.AreSequenceEqual(Enumerable.Range(108, 12).Select(id => (long)id), ForgetSets.SubClass(rows, 0, cluster: 0));
        Assert.AreSequenceEqual(Enumerable.Range(100, 8).Select(id => (long)id), ForgetSets.SubClass(rows, 0));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => ForgetSets.SubClass(rows, 1, 0, clusters: 6)).Message, "10 rows of class 1");
    }

    [TestMethod]
    public void Sets_BuiltAgainAndAgain_LeaveNoTensorBehind()
    {
        using var rows = Digits.Train(100);

        Assert.AreEqual(0, LiveTensors.LeftOnThisThreadBy(() => ForgetSets.Drill(rows, 10), 3));
    }

    /// <summary>Says of every row that it acts on all targets by one number, some of them inversely.</summary>
    private sealed class PlantedInfluence(Func<int, double> strength) : IRowInfluence
    {
        public Tensor RowInfluence(LabeledRows rows, Tensor targets, Tensor labels, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default) =>
            tensor(Enumerable.Range(0, (int)targets.shape[0]).Select(target => target % 3 == 0 ? -1.0 : 1).ToArray()).unsqueeze(1).mul(tensor(Enumerable.Range(0, rows.Count).Select(strength).ToArray()));
    }
}
