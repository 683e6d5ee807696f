using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Deletions;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary><see cref="UnrolledInfluence"/>: against training written out, against real retraining, and what it refuses.</summary>
[TestClass]
public sealed class UnrolledInfluenceTests
{
    private const int RowCount = 60, FeatureCount = 5, Outputs = 2;

    /// <summary>
    /// Linear regression trained by full batches at a constant rate: what the missing rows change obeys the derivation's equation to the letter, so that the training written out in a loop, without the rows and with the gradient sum
    /// divided by all rows, is the answer. Implicit steps replace explicit ones: with a part for every step 4 % of the change are left, with five parts 15 %.
    /// </summary>
    [TestMethod]
    [DataRow(60, 0.04)]
    [DataRow(5, 0.15)]
    public void Predict_LinearRegression_EqualsTheTrainingWithoutTheRows(int parts, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var rows = Values();
        var training = new TrainerOptions { Epochs = 60, BatchSize = RowCount, LearningRate = 0.05, Momentum = 0, Schedule = LearningRateSchedule.Constant, WeightDecay = 0.01 };
        using var bank = Bank(rows, training, [.. Enumerable.Range(1, parts).Select(part => part / (double)parts)]);
        var (with, without) = (Written(rows, bank, training, []), Written(rows, bank, training, Forget(rows)));
        using var trained = bank.Models.Final.Logits(rows.Features);
        var truth = without.sub(with);
        double size = truth.abs().max().item<float>();

        var predicted = Predict(bank, rows, new() { Training = training, Loss = TrainingLoss.SquaredError, Iterations = 50, Tolerance = 1e-7 });

        Closeness.Check(with, trained[0], 1e-4 * size, "the loop is the training");
        Closeness.Check(truth, predicted, tolerance * size, "change");
        var converged = Predict(bank, rows, new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, LastCheckpointOnly = true, Loss = TrainingLoss.SquaredError, WeightDecay = 0.01, Damping = 1, Iterations = 50, Tolerance = 1e-7 });
        Assert.IsGreaterThan(0.3 * size, converged.sub(truth).abs().max().item<float>(), "Negative control: a step for a training that had converged must miss.");
    }

    [TestMethod]
    public void Lengths_OfParts_AddUpToTheRatesWrittenOut()
    {
        var training = new TrainerOptions { Epochs = 12, BatchSize = 7, LearningRate = 0.3, Momentum = 0.8, WarmupShare = 0.25 };
        const int rows = 50, perEpoch = 8;
        double all = Enumerable.Range(0, 12 * perEpoch).Sum(step => LearningRates.At(training, step, perEpoch)) / (0.2 * rows);
        double head = Enumerable.Range(0, 4 * perEpoch).Sum(step => LearningRates.At(training, step, perEpoch)) / (0.2 * rows);

        double[] one = TrainingParts.Lengths(training, [12], rows), three = TrainingParts.Lengths(training, [2, 6, 12], rows);

        Assert.AreEqual(all, one.Single(), 1e-12);
        Assert.AreEqual(all, three.Sum(), 1e-12);
        Assert.AreEqual(head, three[0], 1e-12, "The first part ends half-way between epochs 2 and 6.");
    }

    /// <summary>Digits, the end of a class: mean change of 16 pairs of models that share their seed. A Gauss-Newton step at the end of training falls short several times.</summary>
    [TestMethod]
    public void Predict_ClusterOfDigits_ComesCloserToRetrainingThanAStepAtTheEnd()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(600);
        var training = new TrainerOptions { Epochs = 10, LearningRate = 0.05 };
        var trainer = new Trainer(NetworkSpec.Mlp(24).CreateGraph(rows.FeatureCount, rows.Classes), training);
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { FullMembers = 4, Members = 8, Checkpoints = new UnrolledInfluenceOptions().Checkpoints }, training.Epochs, seed: 5);
        long[] forget = [.. MLNetUnlearning.Unlearning.ForgetSets.Clustered(rows, label: 3, 25)], others = [.. MLNetUnlearning.Unlearning.ForgetSets.Random(rows, 25, seed: 9)];
        var truth = Retrained(trainer, rows, forget);

        double unrolled = Explained(truth, Leaving(bank, rows, new() { Training = training, CurvatureRows = 200 }, forget, forget));
        double step = Explained(truth, Leaving(bank, rows, new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, CurvatureRows = 200 }, forget, forget));
        double wrong = Explained(truth, Leaving(bank, rows, new() { Training = training, CurvatureRows = 200 }, others, forget));

        Assert.IsGreaterThan(0.6, unrolled, $"R² {unrolled:0.000}; of a step at the end {step:0.000}");
        Assert.IsLessThan(unrolled, step);
        Assert.IsLessThan(0.3, wrong, "Negative control: another request's prediction.");
    }

    /// <summary>Members said to lack rows that they were trained on show no effect, so that predictions are shrunk to next to nothing.</summary>
    [TestMethod]
    public void Fit_DeletionsThatDidNothing_ShrinksPredictions()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(200);
        var training = new TrainerOptions { Epochs = 5, LearningRate = 0.05 };
        var trainer = new Trainer(NetworkSpec.Mlp(8).CreateGraph(rows.FeatureCount, rows.Classes), training);
        var options = new ModelBankOptions { FullMembers = 2, Members = 8, Checkpoints = [0.2, 0.6, 1] };
        using var bank = ModelBank.Train(trainer, rows, options, training.Epochs, seed: 5);
        MemberPlan[] full = [.. bank.Members.Select(member => MemberPlan.Full(member.Seed))];
        using var untouched = new ModelBank(bank.Members, bank.FullMembers, trainer.Train(rows, full, options.CheckpointEpochs(training.Epochs)));
        double Size(ModelBank of) => Predict(of, rows, new() { Training = training }).abs().mean().item<float>();

        double real = Size(bank), none = Size(untouched);

        Assert.IsLessThan(0.1 * real, none);
    }

    /// <summary>The factors by hand, from predictions without any: least squares on the bank's deletions beside half as many that came out as predicted. Tolerance 1e-3: margins are rounded to float32.</summary>
    [TestMethod]
    public void Fit_Factors_AreLeastSquaresBesideHalfAsManyDeletionsAsPredicted()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(150);
        var training = new TrainerOptions { Epochs = 5, LearningRate = 0.05 };
        var trainer = new Trainer(NetworkSpec.Mlp(8).CreateGraph(rows.FeatureCount, rows.Classes), training);
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { FullMembers = 2, Members = 4, Checkpoints = [0.2, 0.6] }, training.Epochs, seed: 5);
        using var plain = new UnrolledInfluenceOptions { Training = training, CalibrationDeletions = 0 }.CreateAttributor().Fit(bank, rows);
        using var fitted = new UnrolledInfluenceOptions { Training = training }.CreateAttributor().Fit(bank, rows);
        using var logits = bank.Models.Final.Logits(rows.Features);
        double[] Margins(Tensor of) => [.. LogitMargins.Of(of.unsqueeze(0), rows.Labels).flatten().to_type(ScalarType.Float64).ToHost<double>()];
        var full = logits.slice(0, 0, 2, 1).mean([0]);
        double[] before = Margins(full), variance = [.. MarginVariance.Of(bank, rows, DeletionRecord.Of(bank, rows.RowIds), CancellationToken.None).flatten().ToHost<double>()];
        double[] products = [2, 2], squares = [2, 2];
        for (int deletion = 0; deletion < 4; deletion++)
        {
            var plan = bank.Members[2 + deletion];
            int twin = bank.Members[0].Seed == plan.Seed ? 0 : 1;
            Assert.AreEqual(plan.Seed, bank.Members[twin].Seed);
            var left = rows.IndexesOf(plan.ExcludedRowIds).ToHashSet();
            var change = plain.Predict(new() { Rows = rows, ForgetRowIds = plan.ExcludedRowIds, Targets = rows.Features, TargetRowIds = [.. rows.RowIds.Select(id => (long?)id)] }).Values;
            double[] after = Margins(full.add(change, Held(1))), without = Margins(logits[2 + deletion]), with = Margins(logits[twin]);
            for (int side = 0; side < 2; side++)
            {
                int[] of = [.. Enumerable.Range(0, rows.Count).Where(row => left.Contains(row) == (side == 0))];
                double signal = 1 + of.Sum(row => (without[row] - with[row]) * (without[row] - with[row]) / variance[row]);
                products[side] += of.Sum(row => (after[row] - before[row]) * (without[row] - with[row]) / variance[row]) / signal;
                squares[side] += of.Sum(row => (after[row] - before[row]) * (after[row] - before[row]) / variance[row]) / signal;
            }
        }

        double[] factors = [.. ((MLNetUnlearning.Storage.IStoredAttributor)fitted).State()[^1].ToHost<double>()];

        for (int side = 0; side < 2; side++)
        {
            Assert.AreEqual(products[side] / squares[side], factors[side], 1e-3);
            Assert.IsGreaterThan(5e-3, Math.Abs(((products[side] - 2) / (squares[side] - 2)) - factors[side]), "Negative control: the deletions alone say something else.");
        }
    }

    [TestMethod]
    public void Predict_OneOrManyWorkers_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(100);
        var training = new TrainerOptions { Epochs = 4 };
        var trainer = new Trainer(NetworkSpec.Mlp(6).CreateGraph(rows.FeatureCount, rows.Classes), training);
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { FullMembers = 3, Members = 2, Checkpoints = [0.25, 1] }, 4, seed: 1);
        string Of(int workers, ulong seed) => Bits.Of([Predict(bank, rows, new() { Training = training, MaxWorkers = workers, Seed = seed, CurvatureRows = 30 })]);

        Assert.AreEqual(Of(1, 0), Of(3, 0));
        Assert.AreNotEqual(Of(1, 0), Of(1, 1), "The seed draws rows.");
    }

    /// <summary>Single rows are scored as the projected influence of the same members at their last checkpoint scores them, before a deletion and after it.</summary>
    [TestMethod]
    public void RowInfluence_IsTheProjectedInfluenceOfTheSameMembers()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(80);
        var training = new TrainerOptions { Epochs = 4, WeightDecay = 1e-3 };
        var trainer = new Trainer(NetworkSpec.Mlp(6).CreateGraph(rows.FeatureCount, rows.Classes), training);
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { FullMembers = 3, Members = 2, Checkpoints = [0.25, 0.5] }, 4, seed: 1);
        using var unrolled = new UnrolledInfluenceOptions { Training = training, MaxMembers = 2, Seed = 3 }.CreateAttributor().Fit(bank, rows);
        using var projected = new GaussNewtonInfluenceOptions { LastCheckpointOnly = true, MaxMembers = 2, WeightDecay = 1e-3, Seed = 3 }.CreateAttributor().Fit(bank, rows);
        using var others = new GaussNewtonInfluenceOptions { LastCheckpointOnly = true, MaxMembers = 3, WeightDecay = 1e-3, Seed = 3 }.CreateAttributor().Fit(bank, rows);
        string Scores(IFittedAttributor fitted, LabeledRows of)
        {
            using var inner = NewDisposeScope();
            using var prepared = ((IRowInfluence)fitted).Prepare(of, maxBytes: 1 << 20);
            using var scores = prepared.RowInfluence(rows.Features.slice(0, 0, 9, 1), rows.Labels.slice(0, 0, 9, 1));
            using var asked = ((IRowInfluence)fitted).RowInfluence(of, rows.Features.slice(0, 0, 9, 1), rows.Labels.slice(0, 0, 9, 1));
            Assert.AreEqual(Bits.Of([asked]), Bits.Of([scores]));
            return Bits.Of([scores]);
        }

        Assert.AreEqual(Scores(projected, rows), Scores(unrolled, rows));
        Assert.AreNotEqual(Scores(others, rows), Scores(unrolled, rows), "Negative control: other members.");

        using var left = rows.Without([3, 40]);
        using var after = unrolled.Without(rows, [rows.RowIds[3], rows.RowIds[40]]);
        using var anew = new GaussNewtonInfluenceOptions { LastCheckpointOnly = true, MaxMembers = 2, WeightDecay = 1e-3, Seed = 3 }.CreateAttributor().Fit(bank, left);
        Assert.AreEqual(Scores(anew, left), Scores(after, left));
        Assert.ThrowsExactly<ArgumentException>(() => ((IRowInfluence)after).Prepare(rows, 0));
        Assert.AreEqual(0, LiveTensors.LeftBy(() => Scores(unrolled, rows), times: 2));
    }

    [TestMethod]
    public void Require_WhatIsMissing_IsNamed()
    {
        var graph = NetworkSpec.Mlp(6).CreateGraph(64, 10);
        var sgd = new TrainerOptions { Epochs = 10 };
        BankOutline Outline(params int[] epochs) => new(graph, 100, 3, 0, epochs);
        string Refused(UnrolledInfluenceOptions options, BankOutline outline) => Assert.ThrowsExactly<ArgumentException>(() => new UnrolledInfluence(options).Require(outline)).Message;

        new UnrolledInfluence(new() { Training = sgd }).Require(Outline(1, 5, 10));
        new UnrolledInfluence(new() { Training = new() { Epochs = 1 } }).Require(Outline(1));
        StringAssert.Contains(Refused(new(), Outline(1, 5, 10)), "Training");
        StringAssert.Contains(Refused(new() { Training = sgd }, Outline(5, 8, 10)), "first checkpoint is after epoch 5 of 10");
        StringAssert.Contains(Refused(new() { Training = sgd }, Outline(1, 12)), "epoch 12");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new UnrolledInfluence(new() { Training = new() { Optimizer = OptimizerKind.Adam } })).Message, "Adam");
    }

    /// <summary>Outputs after training by full batches in a plain loop, in float64, [rows, outputs]. Gradients are divided by the number of all rows, whether they are there or not.</summary>
    private static Tensor Written(LabeledRows rows, ModelBank bank, TrainerOptions training, long[] without)
    {
        using var scope = NewDisposeScope();
        using var start = ModelStack.Initialize(bank.Graph, [bank.Members[0].Seed]);
        Tensor weight = start.Tensors[0][0].to_type(ScalarType.Float64), bias = start.Tensors[1][0].to_type(ScalarType.Float64);
        Tensor x = rows.Features.to_type(ScalarType.Float64), y = rows.Labels.to_type(ScalarType.Float64);
        var kept = ones(RowCount, 1, ScalarType.Float64);
        foreach (int row in rows.IndexesOf(without))
        {
            kept[row] = 0;
        }

        for (int step = 0; step < training.Epochs; step++)
        {
            var residual = x.mm(weight.t()).add(bias, Held(1)).sub(y).mul(kept);
            var (change, shift) = (residual.t().mm(x).div(Held(RowCount)).add(weight.mul(Held(training.WeightDecay)), Held(1)), residual.sum([0]).div(Held(RowCount)).add(bias.mul(Held(training.WeightDecay)), Held(1)));
            (weight, bias) = (weight.sub(change.mul(Held(training.LearningRate))), bias.sub(shift.mul(Held(training.LearningRate))));
        }

        return x.mm(weight.t()).add(bias, Held(1)).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    private static LabeledRows Values()
    {
        using var generator = new Generator(3);
        var features = randn(RowCount, FeatureCount, generator: generator);
        var labels = features.mm(randn(FeatureCount, Outputs, generator: generator)).add(randn(RowCount, Outputs, generator: generator), Held(1));
        return LabeledRows.CreateWithValues([.. features.ToHost<float>()], FeatureCount, [.. labels.ToHost<float>()], Outputs, [.. Enumerable.Range(0, RowCount).Select(i => (long)i)]);
    }

    private static long[] Forget(LabeledRows rows) => [.. rows.RowIds.Take(8)];

    private static ModelBank Bank(LabeledRows rows, TrainerOptions training, IReadOnlyList<double> checkpoints) => ModelBank.Train(
        new Trainer(NetworkSpec.Linear().CreateGraph(FeatureCount, Outputs), training), rows, new ModelBankOptions { FullMembers = 1, Members = 0, Checkpoints = checkpoints }, training.Epochs, seed: 4);

    private static Tensor Predict(ModelBank bank, LabeledRows rows, UnrolledInfluenceOptions options) => Predict(bank, rows, (IAttributorOptions)options);

    private static Tensor Predict(ModelBank bank, LabeledRows rows, IAttributorOptions options)
    {
        using var fitted = options.CreateAttributor().Fit(bank, rows);
        return fitted.Predict(new() { Rows = rows, ForgetRowIds = Forget(rows), Targets = rows.Features }).Values;
    }

    private static Tensor Leaving(ModelBank bank, LabeledRows rows, UnrolledInfluenceOptions options, long[] forget, long[] targets) => Leaving(bank, rows, (IAttributorOptions)options, forget, targets);

    private static Tensor Leaving(ModelBank bank, LabeledRows rows, IAttributorOptions options, long[] forget, long[] targets)
    {
        using var fitted = options.CreateAttributor().Fit(bank, rows);
        var index = tensor(rows.IndexesOf(targets).Select(row => (long)row).ToArray()).clone();
        var change = fitted.Predict(new() { Rows = rows, ForgetRowIds = forget, Targets = rows.Features.index_select(0, index), TargetRowIds = [.. targets.Select(id => (long?)id)] }).Values;
        return change.sub(change.mean([1], keepdim: true));
    }

    /// <summary>Mean change of centred logits on the rows that leave, over pairs of trainings.</summary>
    private static Tensor Retrained(Trainer trainer, LabeledRows rows, long[] forget)
    {
        const int pairs = 16;
        var index = tensor(rows.IndexesOf(forget).Select(row => (long)row).ToArray()).clone();
        Tensor Mean(long[] without)
        {
            using var models = trainer.Train(rows, [.. Enumerable.Range(0, pairs).Select(i => new MemberPlan((ulong)(1000 + i), without))]);
            using var logits = models.Final.Logits(rows.Features.index_select(0, index));
            return logits.mean([0]);
        }

        var change = Mean(forget).sub(Mean([]));
        return change.sub(change.mean([1], keepdim: true));
    }

    private static double Explained(Tensor truth, Tensor predicted) => 1 - (predicted.sub(truth).pow(Held(2)).sum().item<float>() / truth.pow(Held(2)).sum().item<float>());
}
