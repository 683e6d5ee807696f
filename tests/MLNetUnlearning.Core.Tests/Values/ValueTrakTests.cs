using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Core.Tests.Attribution;
using MLNetUnlearning.Core.Tests.Attribution.Features;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Values;

/// <summary>TRAK where outputs are values: against the influence function of ridge regression, against the formula written down, and against retraining.</summary>
[TestClass]
public sealed class ValueTrakTests
{
    private const double Decay = 1e-2;
    private static readonly int[] Forget = [0, 3, 17, 18, 40, 41];

    /// <summary>
    /// At the optimum and with the ridge of the problem the prediction is the influence function, whatever the number of outputs; 1e-4 is float32. Few rows of many leave, so it is near what solving without them gives,
    /// which the influence of other rows is not.
    /// </summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Predict_RidgeRegression_IsTheInfluenceFunction(int outputs)
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(120, outputs: outputs);
        var problem = new ConvexProblem(rows, TrainingLoss.SquaredError, Decay);
        Tensor optimum = problem.Solve(), expected = problem.AdditiveInfluence(optimum, Forget), truth = problem.Inputs.mm(problem.Solve(Forget).sub(optimum));
        using var bank = Banks.OfAffine(optimum);

        using var fitted = new Trak(Whole(ridge: problem.Ridge / problem.Inputs.pow(Held(2)).sum().item<double>() * problem.Inputs.shape[1])).Fit(bank, rows);
        using LogitChange change = Predict(fitted, rows, Forget), wrong = Predict(fitted, rows, [.. Forget.Select(row => row + 50)]);

        Assert.IsLessThan(1e-4, Error(expected, change.Values));
        Assert.IsLessThan(0.2, Error(truth, change.Values));
        Assert.IsGreaterThan(0.8, Error(truth, wrong.Values), "prediction for other rows");
    }

    /// <summary>Tolerance 1e-4 of the largest score: float32 sums against double precision, through one solve.</summary>
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 1)]
    [DataRow(2, 2)]
    public void RowInfluence_SmallNetworks_IsTheFormulaWithBothMeansTakenApart(int outputs, int checkpoints)
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(40, outputs: outputs);
        using var bank = Bank(rows, 2);
        var targets = rows.Features.slice(0, 0, 6, 1).neg();
        var labels = arange(Held(0), Held(6), Held(1), ScalarType.Int64).remainder(Held(outputs));
        var kept = bank.Models.Checkpoints.TakeLast(checkpoints).ToArray();
        var options = Whole(ridge: 0.3);
        options.CheckpointEpochs = [.. kept.Select(checkpoint => checkpoint.Epoch)];
        Tensor apart = zeros(6, 40, ScalarType.Float64), together = zeros(6, 40, ScalarType.Float64);
        foreach (var (_, stack) in kept)
        {
            var models = Enumerable.Range(0, 2).Select(member => NaiveTrak.OfValues(stack, member, rows, Asked(stack, member, targets, labels), options)).ToArray();
            apart.add_((models[0].Influence.add(models[1].Influence, Held(1)) * models[0].Residual.add(models[1].Residual, Held(1))).sum(2), Held(0.25 / checkpoints));
            together.add_((models[0].Influence * models[0].Residual).add(models[1].Influence * models[1].Residual, Held(1)).sum(2), Held(0.5 / checkpoints));
        }

        using var fitted = new Trak(options).Fit(bank, rows);
        var scores = ((IRowInfluence)fitted).RowInfluence(rows, targets, labels).to_type(ScalarType.Float64);

        double scale = apart.abs().max().item<double>();
        Assert.IsLessThan(1e-4 * scale, scores.sub(apart).abs().max().item<double>());
        Assert.IsGreaterThan(2e-3 * scale, scores.sub(together).abs().max().item<double>(), "The mean of products must differ, or the test shows nothing.");
    }

    /// <summary>The exact kernel inverts the matrix of rows where TRAK inverts that of parameters: without projection both are the same. Tolerance 1e-4 of the largest score: TRAK works in float32.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void RowInfluence_OfTheExactKernel_IsThatOfTrak(int outputs)
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(60, outputs: outputs);
        using var bank = Banks.OfAffine(new ConvexProblem(rows, TrainingLoss.SquaredError, Decay).Solve());
        using var trak = new Trak(Whole(ridge: 0.3)).Fit(bank, rows);
        using var exact = new ExactKernel(new() { Loss = TrainingLoss.SquaredError, MarginRidge = 0.3 }).Fit(bank, rows);
        var labels = arange(Held(0), Held(60), Held(1), ScalarType.Int64).remainder(Held(outputs));

        var expected = ((IRowInfluence)trak).RowInfluence(rows, rows.Features, labels);
        var scores = ((IRowInfluence)exact).RowInfluence(rows, rows.Features, labels);

        Closeness.Check(expected, scores, 1e-4 * expected.abs().max().item<float>(), "scores");
    }

    /// <summary>A row is shrunk as a whole, not output by output. Tolerance as above.</summary>
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.01)]
    public void Predict_TwoOutputs_IsMinusTheSumOfThresholdedScoresOfRows(double threshold)
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(40);
        using var bank = Bank(rows, 1);
        var (epoch, stack) = bank.Models.Checkpoints[^1];
        var options = Whole(ridge: 0.3);
        (options.CheckpointEpochs, options.SoftThreshold) = ([epoch], threshold);
        var forget = tensor(Forget.Take(4).Select(row => (long)row).ToArray());
        var expected = zeros(40, 2, ScalarType.Float64);
        double largest = 0;
        for (int output = 0; output < 2; output++)
        {
            var (influence, residual) = NaiveTrak.OfValues(stack, 0, rows, NaiveTrak.Logits(stack, 0, rows.Features, output), options);
            var scores = (influence * residual).sum(2).index_select(1, forget);
            largest = Math.Max(largest, scores.abs().max().item<double>());
            expected[TensorIndex.Colon, output] = scores.sign().mul(scores.abs().sub(Held(threshold)).clamp_min(Held(0))).sum([1L]).neg();
        }

        using var fitted = new Trak(options).Fit(bank, rows);
        using var change = Predict(fitted, rows, [.. Forget.Take(4)]);

        Assert.IsGreaterThan(2 * threshold, largest, "The threshold must leave something.");
        Assert.IsLessThan(1e-4 * largest, change.Values.to_type(ScalarType.Float64).sub(expected).abs().max().item<double>());
    }

    /// <summary>Networks trained gently, really retrained without single rows with large residuals. Control: each row's truth against the prediction for another row.</summary>
    [TestMethod]
    public void Predict_SmallNetwork_FollowsRetrainingWithoutSingleRows()
    {
        const int Epochs = 60;
        using var rows = Spoiled(out long[] spoiled);
        var trainer = new Trainer(NetworkSpec.Mlp(16).CreateGraph(rows.FeatureCount, 1), new TrainerOptions { Epochs = Epochs, LearningRate = 0.01, BatchSize = 32 });
        using var bank = ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = 8, Checkpoints = [0.5, 1] }, Epochs, seed: 3);
        using var fitted = new Trak(new() { Loss = TrainingLoss.SquaredError }).Fit(bank, rows);

        var report = new LeaveOneOutCheck(trainer, new() { RowIds = spoiled, Models = 10 }).Run(fitted, rows, rows.Features);

        Console.WriteLine($"correlation {report.Error.Correlation:f3}, multiplier {report.Error.Multiplier:f2}, R2 {report.Error.R2:f3} of {report.Error.Ceiling:f3}; other rows {report.Control.Correlation:f3}");
        Assert.IsGreaterThan(0.5, report.Error.Correlation);
        Assert.IsLessThan(0.3, report.Control.Correlation, "predictions for other rows");
    }

    /// <summary>Tolerance 1e-5 of the largest entry: sums of the same float32 terms, once added and taken out again.</summary>
    [TestMethod]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft()
    {
        using var scope = NewDisposeScope();
        using var rows = ValueData.Rows(80);
        using var left = rows.Without(Forget);
        using var bank = Bank(rows, 2);
        using var all = (FittedTrak)new Trak(Whole()).Fit(bank, rows);

        using var without = (FittedTrak)all.Without(rows, [.. Forget.Select(row => rows.RowIds[row])]);

        using var fresh = (FittedTrak)new Trak(Whole()).Fit(bank, left);
        Assert.AreEqual(left.Count, without.RowCount);
        Closeness.Check(fresh.Residuals, without.Residuals, 1e-5, "residuals");
        for (int i = 0; i < fresh.Kernels.Count; i++)
        {
            double scale = fresh.Kernels[i].abs().max().item<float>();
            Closeness.Check(fresh.Kernels[i], without.Kernels[i], 1e-5 * scale, $"kernel {i}");
            Assert.IsGreaterThan(1e-3 * scale, fresh.Kernels[i].sub(all.Kernels[i]).abs().max().item<float>(), "The rows must matter, or the test shows nothing.");
        }
    }

    [TestMethod]
    public void Fit_WithFolderStoppedAndResumed_GivesTheSameBitsAndThoseWithoutUpToRounding()
    {
        using var folder = new TempFolder();
        using var rows = ValueData.Rows(300);
        using var bank = Bank(rows, 2);
        TrakOptions Options(string? name) => new() { Loss = TrainingLoss.SquaredError, ProjectionSize = 4, MaxWorkers = 1, WorkingFolder = name is null ? null : Path.Combine(folder.Path, name) };
        using var none = (FittedTrak)new Trak(Options(null)).Fit(bank, rows);
        using var whole = (FittedTrak)new Trak(Options("whole")).Fit(bank, rows);
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => new Trak(Options("stopped")).Fit(bank, rows, new StopAfter(stop, reports: 4), stop.Token));
        }

        using var resumed = (FittedTrak)new Trak(Options("stopped")).Fit(bank, rows);

        Assert.AreEqual(Bits.Of([.. whole.Kernels, whole.Residuals]), Bits.Of([.. resumed.Kernels, resumed.Residuals]));
        Closeness.Check(none.Residuals, whole.Residuals, 1e-5, "residuals");
        Closeness.Check(none.Kernels[0], whole.Kernels[0], 1e-5 * none.Kernels[0].abs().max().item<float>(), "kernel");
    }

    [TestMethod]
    public void Work_OneOrManyWorkers_GivesTheSameBitsAndLeavesNoTensors()
    {
        using var rows = ValueData.Rows(60);
        using var bank = Bank(rows, 3);
        string Work(int workers)
        {
            using var scope = NewDisposeScope();
            var options = Whole();
            options.MaxWorkers = workers;
            using var fitted = new Trak(options).Fit(bank, rows);
            using var change = Predict(fitted, rows, Forget);
            using var scores = ((IRowInfluence)fitted).RowInfluence(rows, rows.Features, ones(rows.Count, ScalarType.Int64));
            return Bits.Of([change.Values, scores]);
        }

        Assert.AreEqual(Work(1), Work(4));
        Assert.AreEqual(0, LiveTensors.LeftBy(() => Work(2), times: 2));
    }

    private static TrakOptions Whole(double ridge = 0.5) => new() { Loss = TrainingLoss.SquaredError, ProjectionSize = 1000, Ridge = ridge };

    private static ModelBank Bank(LabeledRows rows, int members)
    {
        var trainer = new Trainer(NetworkSpec.Mlp(5).CreateGraph(rows.FeatureCount, rows.OutputCount), new TrainerOptions { Epochs = 4, LearningRate = 0.02, BatchSize = 16 });
        return ModelBank.Train(trainer, rows, new ModelBankOptions { Members = 0, FullMembers = members, Checkpoints = [0.5, 1] }, 4, seed: 11);
    }

    /// <summary>Rows of one value, some of which are far off, so that a single row matters.</summary>
    private static LabeledRows Spoiled(out long[] spoiled)
    {
        using var rows = ValueData.Rows(150, outputs: 1);
        float[] values = [.. rows.Labels.data<float>()];
        int[] chosen = [.. Enumerable.Range(0, 12).Select(i => 12 * i)];
        foreach (int row in chosen)
        {
            values[row] += row % 24 == 0 ? 3 : -3;
        }

        spoiled = [.. chosen.Select(row => rows.RowIds[row])];
        return LabeledRows.CreateWithValues(rows.Features.data<float>().ToArray(), rows.FeatureCount, values, 1, [.. rows.RowIds]);
    }

    /// <summary>Gradient of the output asked about, of each target, [targets, parameters].</summary>
    private static Tensor Asked(ModelStack stack, int member, Tensor targets, Tensor labels) =>
        vstack([.. Enumerable.Range(0, (int)targets.shape[0]).Select(target => NaiveTrak.Logits(stack, member, targets.slice(0, target, target + 1, 1), (int)labels[target].item<long>()))]);

    private static LogitChange Predict(IFittedAttributor fitted, LabeledRows rows, int[] forget) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [.. forget.Select(row => rows.RowIds[row])], Targets = rows.Features });

    private static double Error(Tensor truth, Tensor actual) => truth.sub(actual.to_type(ScalarType.Float64)).norm().item<double>() / truth.norm().item<double>();
}
