using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Predictions with what fitting keeps for requests against predictions without it.</summary>
[TestClass]
public sealed class GaussNewtonPoolTests
{
    private const int Rows = 150;

    private static readonly long[] Forget = [1, 2, 43, 61, 89];

    public static IEnumerable<object[]> Cases =>
        from network in new[] { "mlp", "small CNN" }
        from share in new[] { 0.3, 0.6, 1 }
        select new object[] { network, share };

    /// <summary>Tolerance 1e-4 of the largest entry. A pool of part of the rows mixes targets that leave, of the pool and of neither.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Predict_WithPool_EqualsPredictWithout(string network, double share)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var bank = Train(network, rows);
        using var plain = Fit(bank, rows, 0);
        using var pooled = Fit(bank, rows, BytesFor(bank, share));
        Assert.AreEqual(share * Rows, pooled.Pool.RowIds.Count, 1);

        var expected = Predict(plain, rows, Forget);
        var actual = Predict(pooled, rows, Forget);

        double scale = expected.abs().max().item<float>();
        Closeness.Check(expected, actual, 1e-4 * scale, "change");
        Assert.IsGreaterThan(0.1 * scale, Predict(plain, rows, [7, 8, 9, 11, 12]).sub(expected).abs().max().item<float>(), "Other rows must give another change, or the test shows nothing.");
    }

    [TestMethod]
    public void Predict_WithoutIdsOfTargets_TakesThemAsGiven()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var bank = Train("mlp", rows);
        using var pooled = Fit(bank, rows, 1 << 30);
        var targets = rows.Features.mul(Held(0.9));

        var change = pooled.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = targets }).Values;

        using var plain = Fit(bank, rows, 0);
        var expected = plain.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = targets }).Values;
        Closeness.Check(expected, change, 1e-4 * expected.abs().max().item<float>(), "change");
    }

    [TestMethod]
    public void Predict_OneOrManyWorkers_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var bank = Train("small CNN", rows);
        long bytes = BytesFor(bank, 0.5);
        using var one = Fit(bank, rows, bytes, workers: 1);
        using var many = Fit(bank, rows, bytes, workers: 3);

        Assert.AreEqual(Bits.Of([Predict(one, rows, Forget)]), Bits.Of([Predict(many, rows, Forget)]));
    }

    /// <summary>Tolerance 1e-3 of the largest entry: one matrix is a sum of float32 terms with some taken out again.</summary>
    [TestMethod]
    public void Without_SomeRows_ForgetsThemAndPredictsAsAFitOnTheRest()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var left = rows.Without(rows.IndexesOf(Forget));
        using var bank = Train("mlp", rows);
        using var all = Fit(bank, rows, 1 << 30);
        using var fresh = Fit(bank, left, 1 << 30);

        using var without = (FittedGaussNewtonInfluence)all.Without(rows, Forget);

        Assert.HasCount(Rows - Forget.Length, without.Pool.RowIds);
        Assert.IsTrue(Forget.All(id => without.Pool.PlaceOf(id) is null), "Nothing computed from the rows may stay.");
        Assert.IsLessThan(all.Bytes, without.Bytes);
        var expected = Predict(fresh, left, [3, 4, 6]);
        Closeness.Check(expected, Predict(without, left, [3, 4, 6]), 1e-3 * expected.abs().max().item<float>(), "change");
    }

    [TestMethod]
    public void Fit_ManyLimits_StaysBelowThem()
    {
        using var rows = Digits.Train(Rows);
        using var bank = Train("mlp", rows);
        using var none = Fit(bank, rows, 0);
        Assert.IsEmpty(none.Pool.RowIds);
        foreach (long limit in new long[] { 1, 1000, 100_000, 400_000, 800_000, 1 << 30 })
        {
            using var fitted = Fit(bank, rows, limit);

            Assert.IsLessThanOrEqualTo(none.Bytes + limit, fitted.Bytes, $"limit {limit}");
        }
    }

    [TestMethod]
    public void Draw_DefaultSeeds_HoldsTheRetainedRowsOfTheFineTuning()
    {
        using var rows = Digits.Train(Rows);
        using var bank = Train("mlp", rows);
        using var fitted = Fit(bank, rows, BytesFor(bank, 0.6));

        var set = FineTuningSet.Create(rows, rows.IndexesOf(Forget), forgetMultiplier: 5, retainMultiplier: 16, new UnlearningRequest { ForgetRowIds = Forget }.Seed);

        Assert.HasCount(Forget.Length + 80, set.Rows);
        Assert.IsTrue(set.Rows.Skip(Forget.Length).All(row => fitted.Pool.PlaceOf(rows.RowIds[(int)row]) is not null));
    }

    [TestMethod]
    public void Predict_TooFewIdsOfTargets_IsRefused()
    {
        using var rows = Digits.Train(60);
        using var bank = Train("mlp", rows);
        using var fitted = Fit(bank, rows, 0);

        var error = Assert.ThrowsExactly<ArgumentException>(() => fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [1], Targets = rows.Features, TargetRowIds = [1, 2] }));

        StringAssert.Contains(error.Message, "60 targets, but 2 row ids");
    }

    [TestMethod]
    public void FitAndPredict_Repeated_LeaveNoTensors()
    {
        using var rows = Digits.Train(60);
        using var bank = Train("small CNN", rows);
        long bytes = BytesFor(bank, 0.2);

        Assert.AreEqual(0, LiveTensors.LeftBy(() =>
        {
            using var fitted = Fit(bank, rows, bytes);
            Predict(fitted, rows, [1, 2, 3]).Dispose();
            fitted.Without(rows, [1, 2]).Dispose();
        }, times: 2));
    }

    private static ModelBank Train(string network, LabeledRows rows)
    {
        var spec = network == "mlp" ? NetworkSpec.Mlp(12) : NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 3, 4, 5);
        var trainer = new Trainer(spec.CreateGraph(Digits.Pixels, Digits.Classes), new TrainerOptions { Epochs = 3 });
        return ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 2, Checkpoints = [0.5, 1] }, 3, seed: 11);
    }

    /// <summary>Memory for the inverses and the gradients of a share of the rows.</summary>
    private static long BytesFor(ModelBank bank, double share)
    {
        var ensemble = GaussNewtonEnsemble.Create(bank, new GaussNewtonInfluenceOptions { ProjectionSize = 6 });
        return ensemble.Count * ((8L * ensemble.FeatureSize * ensemble.FeatureSize) + ((long)(share * Rows) * ensemble.BytesPerRow));
    }

    private static FittedGaussNewtonInfluence Fit(ModelBank bank, LabeledRows rows, long bytes, int workers = 2) =>
        (FittedGaussNewtonInfluence)new GaussNewtonInfluence(new GaussNewtonInfluenceOptions { ProjectionSize = 6, MaxCacheBytes = bytes, MaxWorkers = workers }).Fit(bank, rows);

    /// <summary>All rows as targets, and the first ten once more as if they were no training rows.</summary>
    private static Tensor Predict(FittedGaussNewtonInfluence fitted, LabeledRows rows, IReadOnlyList<long> forget)
    {
        using var scope = NewDisposeScope();
        var request = new AttributionRequest
        {
            Rows = rows,
            ForgetRowIds = forget,
            Targets = cat([rows.Features, rows.Features.slice(0, 0, 10, 1)]),
            TargetRowIds = [.. rows.RowIds.Select(id => (long?)id), .. Enumerable.Repeat((long?)null, 10)],
        };
        return fitted.Predict(request).Values;
    }
}
