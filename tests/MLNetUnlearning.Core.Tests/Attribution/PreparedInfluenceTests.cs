using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Values;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>What is prepared once for questions about single rows, and influence on values.</summary>
[TestClass]
public sealed class PreparedInfluenceTests
{
    private static readonly Func<IAttributorOptions>[] Methods =
    [
        () => new GaussNewtonInfluenceOptions { ProjectionSize = 4 },
        () => new CalibrationOptions { GaussNewton = new() { MaxMembers = 2, ProjectionSize = 4 }, MaxRows = 60 },
        () => new RegressionDatamodelsOptions(),
    ];

    /// <summary>Without room, with room for matrices and some gradients, and with room for all.</summary>
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    public void RowInfluence_AnyRoom_GivesTheBitsOfTheUnprepared(int method)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(100);
        using var bank = Bank(rows);
        using var fitted = Methods[method]().CreateAttributor().Fit(bank, rows);
        var influence = (IRowInfluence)fitted;
        Tensor targets = rows.Features.slice(0, 0, 7, 1), labels = rows.Labels.slice(0, 0, 7, 1);
        string expected = Bits.Of([influence.RowInfluence(rows, targets, labels)]);
        foreach (long room in new[] { 0, 400_000, 1L << 30 })
        {
            using var prepared = influence.Prepare(rows, room);
            Assert.AreEqual(expected, Bits.Of([prepared.RowInfluence(targets, labels)]), $"{room} bytes");
            Assert.AreEqual(0, LiveTensors.LeftBy(() => prepared.RowInfluence(targets, labels).Dispose(), 2));
        }

        Assert.AreEqual(0, LiveTensors.LeftBy(() => influence.Prepare(rows, 400_000).Dispose(), 2));
    }

    /// <summary>With room for everything, no question passes over the rows: their features are gone.</summary>
    [TestMethod]
    public void RowInfluence_RoomForAll_ReadsNoRow()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(100);
        using var bank = Bank(rows);
        using var fitted = new GaussNewtonInfluence(new() { ProjectionSize = 4 }).Fit(bank, rows);
        using IPreparedInfluence all = ((IRowInfluence)fitted).Prepare(rows, 1L << 30), none = ((IRowInfluence)fitted).Prepare(rows, 0);
        Tensor targets = rows.Features.slice(0, 0, 7, 1).clone(), labels = rows.Labels.slice(0, 0, 7, 1).clone();
        string expected = Bits.Of([none.RowInfluence(targets, labels)]);

        rows.Features.Dispose();

        Assert.AreEqual(expected, Bits.Of([all.RowInfluence(targets, labels)]));
        Assert.Throws<Exception>(() => none.RowInfluence(targets, labels));
    }

    /// <summary>On a ridge regression the score of a row is the change that leaving it out makes, but for its leverage: brute force says by how much each output moves. Control: the scores under other rows' ids.</summary>
    [TestMethod]
    public void RowInfluence_Values_FollowsLeaveOneOut()
    {
        const double Decay = 1e-2;
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(120);
        var problem = new ConvexProblem(rows, TrainingLoss.SquaredError, Decay);
        var optimum = problem.Solve();
        using var bank = Banks.OfAffine(optimum);
        using var fitted = new GaussNewtonInfluence(new() { Loss = TrainingLoss.SquaredError, WeightDecay = Decay, Damping = 1 }).Fit(bank, rows);
        var truth = stack([.. Enumerable.Range(0, 30).Select(row => problem.Inputs.mm(optimum.sub(problem.Solve(row))))]).to_type(ScalarType.Float32);
        for (long output = 0; output < 2; output++)
        {
            var scores = ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, full([rows.Count], Held(output), ScalarType.Int64)).slice(1, 0, 30, 1).t();
            double Correlation(Tensor of) => (of.mul(truth.select(2, output)).sum() / (of.norm() * truth.select(2, output).norm())).item<float>();
            Assert.IsGreaterThan(0.98, Correlation(scores));
            Assert.IsLessThan(0.5, Math.Abs(Correlation(scores.roll(7, 0))));
            // The leverage of a row, some hundredths here, is what one step leaves out.
            Assert.AreEqual(1, scores.mul(truth.select(2, output)).sum().item<float>() / truth.select(2, output).pow(Held(2)).sum().item<float>(), 0.15);
        }
    }

    private static ModelBank Bank(LabeledRows rows) => ModelBank.Train(
        new Trainer(NetworkSpec.Mlp(12).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = 5 }), rows, new ModelBankOptions { FullMembers = 3, Members = 14, Checkpoints = [1] }, 5, seed: 3);
}
