using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class TrakTests
{
    private static readonly long[] Forget = [1, 2, 43, 48];

    /// <summary>Tolerance 1e-4 of the largest score: float32 sums against double precision, through one solve.</summary>
    [TestMethod]
    [DataRow(TrakKernel.Unweighted, 1)]
    [DataRow(TrakKernel.GaussNewton, 1)]
    [DataRow(TrakKernel.GaussNewton, 2)]
    public void RowInfluence_WithoutProjection_IsTheFormulaWithBothMeansTakenApart(TrakKernel kernel, int checkpoints)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(40);
        using var test = Digits.Test();
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);
        Tensor targets = test.Features.slice(0, 0, 5, 1), labels = test.Labels.slice(0, 0, 5, 1);
        var kept = bank.Models.Checkpoints.TakeLast(checkpoints).ToArray();
        var options = new TrakOptions { ProjectionSize = 1000, Kernel = kernel, Ridge = 0.3, CheckpointEpochs = [.. kept.Select(checkpoint => checkpoint.Epoch)] };
        Tensor apart = zeros(5, 40, ScalarType.Float64), together = zeros(5, 40, ScalarType.Float64);
        foreach (var (_, stack) in kept)
        {
            var models = Enumerable.Range(0, 2).Select(member => NaiveTrak.Of(stack, member, rows, NaiveTrak.Margins(stack, member, targets, labels), options)).ToArray();
            apart.add_(models[0].Influence.add(models[1].Influence, Held(1)) * models[0].Doubt.add(models[1].Doubt, Held(1)), Held(0.25 / checkpoints));
            together.add_((models[0].Influence * models[0].Doubt).add(models[1].Influence * models[1].Doubt, Held(1)), Held(0.5 / checkpoints));
        }

        using var fitted = new Trak(options).Fit(bank, rows);
        var scores = ((IRowInfluence)fitted).RowInfluence(rows, targets, labels).to_type(ScalarType.Float64);

        double scale = apart.abs().max().item<double>();
        Assert.IsLessThan(1e-4 * scale, scores.sub(apart).abs().max().item<double>());
        Assert.IsGreaterThan(2e-3 * scale, scores.sub(together).abs().max().item<double>(), "The mean of products must differ, or the test shows nothing.");
    }

    /// <summary>Tolerance as above.</summary>
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.02)]
    public void Predict_WithoutProjection_IsMinusTheSumOfThresholdedScoresOfEachLogit(double threshold)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(40);
        using var test = Digits.Test();
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);
        var targets = test.Features.slice(0, 0, 3, 1);
        var (epoch, stack) = bank.Models.Checkpoints[^1];
        var options = new TrakOptions { ProjectionSize = 1000, CheckpointEpochs = [epoch], SoftThreshold = threshold, Multiplier = 1.5 };
        var forget = tensor(rows.IndexesOf(Forget).Select(i => (long)i).ToArray());
        var expected = zeros(3, 10, ScalarType.Float64);
        double largest = 0;
        for (int logit = 0; logit < 10; logit++)
        {
            var models = Enumerable.Range(0, 2).Select(member => NaiveTrak.Of(stack, member, rows, NaiveTrak.Logits(stack, member, targets, logit), options)).ToArray();
            var scores = (models[0].Influence.add(models[1].Influence, Held(1)) * models[0].Doubt.add(models[1].Doubt, Held(1)) / Held(4)).index_select(1, forget);
            largest = Math.Max(largest, scores.abs().max().item<double>());
            expected[TensorIndex.Colon, logit] = scores.sign().mul(scores.abs().sub(Held(threshold)).clamp_min(Held(0))).sum([1L]).mul(Held(-1.5));
        }

        using var fitted = new Trak(options).Fit(bank, rows);
        using var change = fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = targets });

        Assert.IsGreaterThan(2 * threshold, largest, "The threshold must leave something.");
        Assert.IsLessThan(1e-4 * largest, change.Values.to_type(ScalarType.Float64).sub(expected).abs().max().item<double>());
    }

    [TestMethod]
    public void RowInfluence_SoftThreshold_MovesScoresTowardsZero()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var plain = Fit(bank, rows);
        var scores = Influence(plain, rows);
        double threshold = scores.abs().mean().item<float>();
        using var shrunk = Fit(bank, rows, options => options.SoftThreshold = threshold);

        var expected = scores.sign().mul(scores.abs().sub(Held(threshold)).clamp_min(Held(0)));
        Closeness.Check(expected, Influence(shrunk, rows), 1e-6 * scores.abs().max().item<float>(), "scores");
        Assert.IsTrue(expected.eq(Held(0)).any().item<bool>());
    }

    /// <summary>Tolerance 1e-5 of the largest entry: sums of the same float32 terms, once added and taken out again.</summary>
    [TestMethod]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var left = rows.Without(rows.IndexesOf(Forget));
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 12);
        using var all = (FittedTrak)Fit(bank, rows);

        using var without = (FittedTrak)all.Without(rows, Forget);

        using var fresh = (FittedTrak)Fit(bank, left);
        Closeness.Check(fresh.Residuals, without.Residuals, 1e-6, "1 - p");
        for (int i = 0; i < fresh.Kernels.Count; i++)
        {
            double scale = fresh.Kernels[i].abs().max().item<float>();
            Closeness.Check(fresh.Kernels[i], without.Kernels[i], 1e-5 * scale, $"kernel {i}");
            Assert.IsGreaterThan(1e-3 * scale, fresh.Kernels[i].sub(all.Kernels[i]).abs().max().item<float>(), "The rows must matter, or the test shows nothing.");
        }

        var expected = Influence(fresh, left);
        Closeness.Check(expected, Influence(without, left), 1e-3 * expected.abs().max().item<float>(), "scores");
    }

    [TestMethod]
    public void Predict_OneOrManyWorkers_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var bank = Banks.Trained(rows, fullMembers: 3, epochs: 2, 12);
        using var one = Fit(bank, rows, options => options.MaxWorkers = 1);
        using var many = Fit(bank, rows, options => options.MaxWorkers = 4);
        using var otherSeed = Fit(bank, rows, options => options.Seed = 1);

        Assert.AreEqual(Bits.Of([Predict(one, rows), Influence(one, rows)]), Bits.Of([Predict(many, rows), Influence(many, rows)]));
        Assert.AreNotEqual(Bits.Of([Predict(one, rows)]), Bits.Of([Predict(otherSeed, rows)]));
    }

    /// <summary>Tolerance 1e-4 of the largest entry: the solve magnifies the rounding of float32 sums taken in other batches.</summary>
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(1e-3)]
    public void Predict_SmallOrLargeBatches_AgreeBeyondRounding(double threshold)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(120);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 2, 12);
        using var large = Fit(bank, rows, options => options.SoftThreshold = threshold);
        using var small = Fit(bank, rows, options => (options.SoftThreshold, options.BatchSize) = (threshold, 7));

        Tensor change = Predict(large, rows), scores = Influence(large, rows);
        Closeness.Check(change, Predict(small, rows), 1e-4 * change.abs().max().item<float>(), "change");
        Closeness.Check(scores, Influence(small, rows), 1e-4 * scores.abs().max().item<float>(), "scores");
    }

    [TestMethod]
    public void Fit_MembersThatLackRows_AreUsedOnlyIfAskedFor()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(60);
        using var bank = BankOfHalves(rows);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Fit(bank, rows));
        StringAssert.Contains(error.Message, nameof(TrakOptions.UseDeletionMembers));

        using var fitted = (FittedTrak)Fit(bank, rows, options => options.UseDeletionMembers = true);
        Assert.HasCount(3, fitted.Kernels);
        Assert.IsTrue(Influence(fitted, rows).isfinite().all().item<bool>());
    }

    [TestMethod]
    public void Fit_CheckpointThatTheBankLacks_NamesThoseItHas()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 2, 4);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Fit(bank, rows, options => options.CheckpointEpochs = [1, 7]));

        StringAssert.Contains(error.Message, "epoch 7");
        StringAssert.Contains(error.Message, "epochs 1, 2");
    }

    [TestMethod]
    public void Predict_RowsOfAnotherFit_IsRefused()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = Fit(bank, rows);
        using var without = fitted.Without(rows, Forget);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Predict(without, rows));

        StringAssert.Contains(error.Message, "60");
        StringAssert.Contains(error.Message, "56");
        Assert.ThrowsExactly<ArgumentException>(() => Influence(without, rows));
    }

    [TestMethod]
    public void Predict_UnknownRow_NamesTheRow()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = Fit(bank, rows);

        var error = Assert.ThrowsExactly<RowDataException>(() => fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [5], Targets = rows.Features }));

        Assert.AreEqual(5L, error.RowId);
    }

    [TestMethod]
    public void RowInfluence_DivergedModel_NamesTheModel()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(60);
        using var bank = Banks.OfAffine(full([65, 10], Held(double.NaN), ScalarType.Float64));
        using var fitted = Fit(bank, rows);

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Influence(fitted, rows));

        StringAssert.Contains(error.Message, "model 0");
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

        var error = Assert.ThrowsExactly<UnsupportedLayerException>(() => new Trak(new()).Fit(bank, rows, progress));

        StringAssert.Contains(error.Message, "'wave'");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void Work_Cancelled_Stops()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        using var fitted = Fit(bank, rows);
        using var thresholded = Fit(bank, rows, options => options.SoftThreshold = 1);
        var cancelled = new CancellationToken(canceled: true);
        var request = new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features };

        Assert.ThrowsExactly<OperationCanceledException>(() => new Trak(new()).Fit(bank, rows, null, cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => fitted.Predict(request, null, cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => thresholded.Predict(request, null, cancelled));
        Assert.ThrowsExactly<OperationCanceledException>(() => ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, rows.Labels, null, cancelled));
    }

    [TestMethod]
    public void Work_WithProgress_ReportsEachModelOnce()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);
        ProgressCount fit = new(), predict = new(), score = new();

        using var fitted = new Trak(new()).Fit(bank, rows, fit);
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features }, predict).Dispose();
        ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, rows.Labels, score).Dispose();

        Assert.AreEqual((4, 4, 4), (fit.Reports, predict.Reports, score.Reports));
    }

    [TestMethod]
    public void Work_Repeated_LeavesNoTensorBehind()
    {
        using var rows = Digits.Train(60);
        using var bank = Banks.Trained(rows, fullMembers: 2, epochs: 2, 4);

        long left = LiveTensors.LeftBy(() =>
        {
            foreach (double threshold in new[] { 0, 0.01 })
            {
                using var fitted = Fit(bank, rows, options => options.SoftThreshold = threshold);
                using var without = fitted.Without(rows, Forget);
                using var change = fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features });
                using var scores = Influence(fitted, rows);
            }
        }, 3);

        Assert.AreEqual(0, left);
    }

    private static ModelBank BankOfHalves(LabeledRows rows)
    {
        MemberPlan[] members = [.. DeletionPlan.Random(rows, 3, 0.5, seed: 4).Members.Select((ids, i) => new MemberPlan((ulong)i, ids))];
        var models = new Trainer(NetworkSpec.Mlp(4).CreateGraph(rows.FeatureCount, rows.Classes), new TrainerOptions { Epochs = 2 }).Train(rows, members, [2]);
        return new ModelBank(members, 0, models);
    }

    private static IFittedAttributor Fit(ModelBank bank, LabeledRows rows, Action<TrakOptions>? change = null)
    {
        var options = new TrakOptions { ProjectionSize = 6 };
        change?.Invoke(options);
        return new Trak(options).Fit(bank, rows);
    }

    private static Tensor Predict(IFittedAttributor fitted, LabeledRows rows) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = Forget, Targets = rows.Features }).Values;

    private static Tensor Influence(IFittedAttributor fitted, LabeledRows rows) => ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, rows.Labels);
}
