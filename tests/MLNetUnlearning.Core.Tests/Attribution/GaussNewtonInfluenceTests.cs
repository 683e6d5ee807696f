using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class GaussNewtonInfluenceTests
{
    private static readonly long[] Forget = [1, 2, 43, 61];

    /// <summary>Tolerance 1e-5 of the largest entry: sums of the same float32 terms, once added and taken out again.</summary>
    [TestMethod]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var left = rows.Without(rows.IndexesOf(Forget));
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 12);
        using var all = (FittedGaussNewtonInfluence)Fit(bank, rows, workers: 2);

        using var without = (FittedGaussNewtonInfluence)all.Without(rows, Forget);

        using var fresh = (FittedGaussNewtonInfluence)Fit(bank, left, workers: 2);
        Assert.AreEqual(fresh.RowCount, without.RowCount);
        Assert.HasCount(4, without.Kernels);
        for (int i = 0; i < 4; i++)
        {
            double scale = fresh.Kernels[i].abs().max().item<float>();
            Closeness.Check(fresh.Kernels[i], without.Kernels[i], 1e-5 * scale, $"kernel {i}");
            Assert.IsGreaterThan(1e-3 * scale, fresh.Kernels[i].sub(all.Kernels[i]).abs().max().item<float>(), "The rows must matter, or the test shows nothing.");
        }
    }

    [TestMethod]
    public void Predict_OneOrManyWorkers_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 12);
        using var one = Fit(bank, rows, workers: 1);
        using var many = Fit(bank, rows, workers: 3);
        using var otherSeed = Fit(bank, rows, workers: 1, seed: 1);

        Assert.AreEqual(Bits.Of([Predict(one, rows)]), Bits.Of([Predict(many, rows)]));
        Assert.AreNotEqual(Bits.Of([Predict(one, rows)]), Bits.Of([Predict(otherSeed, rows)]));
    }

    /// <summary>Tolerance 1e-4 of the largest entry: the solve magnifies the rounding of float32 sums taken in other batches.</summary>
    [TestMethod]
    public void Predict_SmallOrLargeBatches_AgreeBeyondRounding()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 2, 12);
        using var large = Fit(bank, rows, workers: 1);
        using var small = Fit(bank, rows, workers: 1, batchSize: 7);

        var expected = Predict(large, rows);
        Closeness.Check(expected, Predict(small, rows), 1e-4 * expected.abs().max().item<float>(), "change");
    }

    [TestMethod]
    public void Predict_RowsOfAnotherFit_IsRefused()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = Fit(bank, rows, workers: 1);
        using var without = fitted.Without(rows, Forget);

        // The rows still hold what this attribution no longer covers: taking it out of the kernel twice would go wrong in silence.
        var error = Assert.ThrowsExactly<ArgumentException>(() => Predict(without, rows));

        StringAssert.Contains(error.Message, "60");
        StringAssert.Contains(error.Message, "56");
    }

    [TestMethod]
    public void Predict_UnknownRow_NamesTheRow()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = Fit(bank, rows, workers: 1);

        var error = Assert.ThrowsExactly<RowDataException>(() => fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [5], Targets = rows.Features }));

        Assert.AreEqual(5L, error.RowId);
    }

    [TestMethod]
    public void Fit_UnsupportedLayer_IsRefusedBeforeAnyWork()
    {
        var builder = new GraphBuilder(NetworkSpec.Linear(), 3);
        int x = builder.Add("wave", new UnknownOperation(), 0);
        builder.Add("logits", new LinearOperation(3, 2), x);
        var final = ModelStack.Initialize(builder.Build(), [1]);
        using var bank = new ModelBank([MemberPlan.Full(1)], 1, new TrainedModels(final, [(1, final.Clone())]));
        using var rows = LabeledRows.Create([1, 2, 3, 4, 5, 6], 3, [0, 1], [1, 2], 2);
        var progress = new ProgressCount();

        var error = Assert.ThrowsExactly<UnsupportedLayerException>(() => new GaussNewtonInfluence(new()).Fit(bank, rows, progress));

        StringAssert.Contains(error.Message, "'wave'");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void Fit_MemberThatDiverged_IsRefusedByName()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 1, 4);
        using (no_grad())
        {
            bank.Models.Checkpoints[^1].Models.Tensors[0][1].fill_(Held(float.NaN));
        }

        string message = Assert.ThrowsExactly<ArgumentException>(() => new GaussNewtonInfluence(new()).Fit(bank, rows)).Message;

        StringAssert.Contains(message, "Member 1");
        StringAssert.Contains(message, "diverged");
        // Members that take no part may be as they are.
        using var fitted = new GaussNewtonInfluence(new() { MaxMembers = 1, ProjectionSize = 4 }).Fit(bank, rows);
        Assert.IsNotNull(fitted);
    }

    [TestMethod]
    public void Fit_Cancelled_Stops()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);

        Assert.ThrowsExactly<OperationCanceledException>(() => new GaussNewtonInfluence(new()).Fit(bank, rows, null, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Fit_WithProgress_ReportsEachModelOnce()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);
        var progress = new ProgressCount();

        using var fitted = new GaussNewtonInfluence(new()).Fit(bank, rows, progress);

        Assert.AreEqual(4, progress.Reports);
    }

    private static IFittedAttributor Fit(ModelBank bank, LabeledRows rows, int workers, ulong seed = 0, int batchSize = 128) =>
        new GaussNewtonInfluence(new GaussNewtonInfluenceOptions { ProjectionSize = 6, MaxWorkers = workers, Seed = seed, BatchSize = batchSize }).Fit(bank, rows);

    private static Tensor Predict(IFittedAttributor fitted, LabeledRows rows) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features }).Values;
}
