using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Verification;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

/// <summary>TRAK graded on small digit networks that were really retrained, and what must fail the grade: spoilt rows, spoilt features.</summary>
[TestClass]
public sealed class DigitsGradeTests
{
    private const double Gate = 0.42;
    private const int Epochs = 15, Subsets = 24, ModelsPerSubset = 3;

    [TestMethod]
    public void Trak_TrainedBank_PassesTheGradeThatSpoiltAttributionFails()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(500);
        using var test = Digits.Test();
        Tensor targets = test.Features.slice(0, 0, 100, 1), labels = test.Labels.slice(0, 0, 100, 1);
        var trainer = new Trainer(NetworkSpec.Mlp(48, 32).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = Epochs, BatchSize = 32 });
        var plan = DeletionPlan.Random(rows, Subsets, 0.5, seed: 1).Members;
        MemberPlan[] retrained = [.. Enumerable.Range(0, Subsets * ModelsPerSubset).Select(i => new MemberPlan(100 + (ulong)i, plan[i / ModelsPerSubset]))];
        using var models = trainer.Train(rows, retrained);
        var margins = Margins.Of(models.Final.Logits(targets), labels);
        double Grade(Tensor influence) => LinearDatamodelingScore.Compute(influence, rows, retrained, margins, new LinearDatamodelingOptions { Resamples = 10 }).Score;

        MemberPlan[] members = [.. DeletionPlan.Random(rows, 16, 0.5, seed: 2).Members.Select((ids, i) => new MemberPlan(7000 + (ulong)i, ids))];
        using var bank = new ModelBank(members, 0, trainer.Train(rows, members, [6, 8, 10]));
        var initial = ModelStack.Initialize(trainer.Graph, [.. members.Select(member => member.Seed)]);
        using var untrained = new ModelBank(members, 0, new TrainedModels(initial, [(1, initial.Clone())]));
        var influence = Influence(bank, rows, targets, labels);
        var shuffled = influence.index_select(1, tensor(StableRandom.Order([.. rows.RowIds], 2).Select(i => (long)i).ToArray()));

        double score = Grade(influence);
        Assert.IsGreaterThan(Gate, score);
        Assert.IsLessThan(Gate, Grade(Influence(untrained, rows, targets, labels)), "features of networks that were not trained");
        Assert.IsLessThan(0.1, Math.Abs(Grade(shuffled)), "shuffled rows");
        Assert.AreEqual(0, Grade(influence.mul(Held(0))), "a projection to nothing");
    }

    private static Tensor Influence(ModelBank bank, LabeledRows rows, Tensor targets, Tensor labels)
    {
        using var fitted = new Trak(new TrakOptions { ProjectionSize = 12, UseDeletionMembers = true }).Fit(bank, rows);
        return ((IRowInfluence)fitted).RowInfluence(rows, targets, labels);
    }
}
