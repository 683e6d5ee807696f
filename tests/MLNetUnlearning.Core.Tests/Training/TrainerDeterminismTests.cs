using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>A model is a function of its seed and its rows, bit for bit; nothing else may change it.</summary>
[TestClass]
public sealed class TrainerDeterminismTests
{
    private static IEnumerable<NetworkGraph> Graphs => Runs.Graphs;

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_SameSeed_GivesTheSameBitsAndAnotherSeedDoesNot(NetworkGraph graph)
    {
        using var rows = Digits.Train(200);

        string first = Runs.BitsOfOne(graph, rows);

        Assert.AreEqual(first, Runs.BitsOfOne(graph, rows));
        Assert.AreNotEqual(first, Runs.BitsOfOne(graph, rows, seed: 2));
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_RowsArriveShuffled_GivesTheSameBits(NetworkGraph graph)
    {
        var raw = Digits.Raw(200);
        using var rows = Digits.Create(raw);
        new Random(5).Shuffle(raw);
        using var shuffled = Digits.Create(raw);

        Assert.AreEqual(Runs.BitsOfOne(graph, rows), Runs.BitsOfOne(graph, shuffled));
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_MemberAlone_GivesTheBitsItHasAmongOthers(NetworkGraph graph)
    {
        using var rows = Digits.Train(200);
        var members = Members(rows);
        using var together = Runs.Train(graph, rows, members);

        for (int i = 0; i < members.Length; i++)
        {
            using var alone = Runs.Train(graph, rows, [members[i]]);
            Assert.AreEqual(Bits.Of(alone), Bits.Of(together, i), $"member {i}, {200 - members[i].ExcludedRowIds.Count} rows");
        }
    }

    [TestMethod]
    public void Train_MemberAloneWithAdam_GivesTheBitsItHasAmongOthers()
    {
        using var rows = Digits.Train(200);
        var members = Members(rows);
        var options = Runs.Options(o => (o.Optimizer, o.LearningRate) = (OptimizerKind.Adam, 0.01));
        using var together = Runs.Train(Runs.Mlp, rows, members, options);

        for (int i = 0; i < members.Length; i++)
        {
            using var alone = Runs.Train(Runs.Mlp, rows, [members[i]], options);
            Assert.AreEqual(Bits.Of(alone), Bits.Of(together, i), $"member {i}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Train_AnyNumberOfWorkersAndAnyStack_GivesTheSameBits(NetworkGraph graph)
    {
        using var rows = Digits.Train(200);
        var members = Members(rows);
        string[] bits =
        [
            .. from workers in new[] { 1, 2, 5 }
               from stack in new[] { 1, 2, 50 }
               select BitsOf(workers, stack),
        ];

        Assert.AreEqual(1, bits.Distinct().Count(), string.Join('\n', bits));

        string BitsOf(int workers, int stack)
        {
            using var models = Runs.Train(graph, rows, members, Runs.Options(o => (o.MaxWorkers, o.MaxStack, o.Epochs) = (workers, stack, 2)));
            return Bits.Of(models);
        }
    }

    /// <summary>Full models and models without 1, 50 and 150 rows: the numbers of steps differ, and so do the sizes of the last batches.</summary>
    private static MemberPlan[] Members(LabeledRows rows) =>
    [
        MemberPlan.Full(1),
        new(2, [rows.RowIds[0]]),
        new(3, [.. rows.RowIds.Take(50)]),
        MemberPlan.Full(4),
        new(5, [.. rows.RowIds.Skip(20).Take(150)]),
    ];
}
