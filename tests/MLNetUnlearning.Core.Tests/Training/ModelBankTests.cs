using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Training;

[TestClass]
public sealed class ModelBankTests
{
    [TestMethod]
    public void Train_Members_FullOnesFirstThenThePlanWithTheirSeedsInTurn()
    {
        using var rows = Digits.Train(120);
        using var bank = Train(rows, new ModelBankOptions { Members = 4, FullMembers = 3, DeletedShare = 0.25 });

        Assert.AreEqual(3, bank.FullMembers);
        Assert.HasCount(7, bank.Members);
        Assert.IsTrue(bank.Members.Take(3).All(member => member.ExcludedRowIds.Count == 0));
        var plan = DeletionPlan.Structured(rows, 4, 0.25, 5);
        for (int i = 0; i < 4; i++)
        {
            CollectionAssert.AreEqual(plan.Members[i].ToArray(), bank.Members[3 + i].ExcludedRowIds.ToArray());
        }

        Assert.AreEqual(3, bank.Members.Select(member => member.Seed).Distinct().Count());
        // In turn, and one further in the next round.
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 1 }.Select(i => bank.Members[i].Seed).ToArray(), bank.Members.Skip(3).Select(member => member.Seed).ToArray());
        Assert.AreEqual(7, Enumerable.Range(0, 7).Select(i => Bits.Of(bank.Models.Final, i)).Distinct().Count());
        Assert.AreSame(Runs.Mlp, bank.Graph);
    }

    [TestMethod]
    public void Train_KindsOfDeletions_FallToAllSeeds()
    {
        using var rows = Digits.Train(40);

        using var bank = Train(rows, new ModelBankOptions { Members = 50, FullMembers = 10, DeletedShare = 0.25 });

        // Kinds come in turns of five. Were the seeds of a kind always the same two, their noise would look like the kind's effect.
        for (int kind = 0; kind < 5; kind++)
        {
            Assert.AreEqual(10, bank.Members.Skip(10).Where((_, i) => i % 5 == kind).Select(member => member.Seed).Distinct().Count());
        }
    }

    [TestMethod]
    public void Train_Member_IsTheModelThatItsSeedAndRowsGiveAlone()
    {
        using var rows = Digits.Train(120);
        using var bank = Train(rows, new ModelBankOptions { Members = 3, FullMembers = 1 });
        using var alone = Runs.Train(Runs.Mlp, rows, [bank.Members[2]]);

        Assert.AreEqual(Bits.Of(alone), Bits.Of(bank.Models.Final, 2));
    }

    [TestMethod]
    public void Train_Checkpoints_AreAtTheirSharesOfTheEpochs()
    {
        using var rows = Digits.Train(60);
        using var bank = Train(rows, new ModelBankOptions { Members = 0, FullMembers = 2, Checkpoints = [1, 0.01, 0.67] });

        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, bank.Models.Checkpoints.Select(checkpoint => checkpoint.Epoch).ToArray());
        Assert.IsTrue(bank.Models.Checkpoints.All(checkpoint => checkpoint.Models.Count == 2));
        Assert.AreEqual(3, bank.Models.Checkpoints.Select(checkpoint => Bits.Of(checkpoint.Models)).Distinct().Count());
    }

    [TestMethod]
    public void Train_OptionOutOfRange_NamesIt()
    {
        using var rows = Digits.Train(20);
        (string Name, ModelBankOptions Options)[] cases =
        [
            ("Members", new() { Members = -1 }),
            ("FullMembers", new() { FullMembers = 0 }),
            ("DeletedShare", new() { DeletedShare = 1 }),
            ("Checkpoints", new() { Checkpoints = [] }),
            ("Checkpoints", new() { Checkpoints = [0.5, 0] }),
        ];
        foreach (var (name, options) in cases)
        {
            Assert.AreEqual(name, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Train(rows, options), name).ParamName);
        }
    }

    private static ModelBank Train(LabeledRows rows, ModelBankOptions options) =>
        ModelBank.Train(new Trainer(Runs.Mlp, Runs.Options()), rows, options, epochs: 3, seed: 5);
}
