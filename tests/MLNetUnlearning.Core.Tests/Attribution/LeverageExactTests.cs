using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Closed forms for linear models against exact retraining. Errors are norms of differences over the norm of the true change.</summary>
[TestClass]
public sealed class LeverageExactTests
{
    private const int Features = 8, Classes = 3, Count = 60;

    /// <summary>Random groups, from one row to all but ten, half of them larger than the 9 dimensions; truth by least squares over the stacked system, not by the normal equations.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Predict_RidgeRegression_EqualsRetraining(bool keepRidge)
    {
        using var scope = NewDisposeScope();
        using var rows = Rows();
        using var bank = Bank(rows);
        const double Decay = 1e-3;
        using var fitted = new LeverageExact(new LeverageExactOptions { WeightDecay = Decay, KeepRidge = keepRidge }).Fit(bank, rows);
        var random = new Random(5);
        foreach (int size in new[] { 0, 1, 2, 5, 8, 9, 10, 11, 25, 40, 50 })
        {
            int[] forget = [.. Enumerable.Range(0, Count).OrderBy(_ => random.Next()).Take(size)];
            var truth = LeastSquares(rows, forget, Decay * (keepRidge ? Count : Count - size)).sub(LeastSquares(rows, [], Decay * Count));

            using var change = Predict(fitted, rows, forget);

            if (size == 0)
            {
                Assert.AreEqual(0f, change.Values.abs().max().item<float>());
                continue;
            }

            double error = Error(Inputs(rows).mm(truth), change.Values);
            Assert.IsLessThan(1e-6, error, $"{size} rows: relative error {error:g3}");
        }
    }

    /// <summary>Negative control: with the other rule for the ridge, and with other rows of the same number, the gate of 1e-6 is missed by far.</summary>
    [TestMethod]
    public void Predict_OtherRidgeRuleOrOtherRows_MissesTheGate()
    {
        using var scope = NewDisposeScope();
        using var rows = Rows();
        using var bank = Bank(rows);
        const double Decay = 1e-3;
        int[] forget = [.. Enumerable.Range(10, 15)], others = [.. Enumerable.Range(11, 15)];
        var truth = Inputs(rows).mm(LeastSquares(rows, forget, Decay * (Count - 15)).sub(LeastSquares(rows, [], Decay * Count)));
        using var kept = new LeverageExact(new LeverageExactOptions { WeightDecay = Decay, KeepRidge = true }).Fit(bank, rows);
        using var right = new LeverageExact(new LeverageExactOptions { WeightDecay = Decay }).Fit(bank, rows);

        using var keptChange = Predict(kept, rows, forget);
        using var otherChange = Predict(right, rows, others);

        Assert.IsGreaterThan(1e-4, Error(truth, keptChange.Values));
        Assert.IsGreaterThan(0.1, Error(truth, otherChange.Values));
    }

    /// <summary>Collinear inputs and far more dimensions than rows, with a small ridge.</summary>
    [TestMethod]
    public void Predict_SingularInputs_EqualsRetraining()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(50);
        using var bank = Bank(rows);
        using var fitted = new LeverageExact(new LeverageExactOptions { WeightDecay = 1e-4 }).Fit(bank, rows);
        foreach (int size in new[] { 3, 20, 45 })
        {
            int[] forget = [.. Enumerable.Range(2, size)];
            var truth = LeastSquares(rows, forget, 1e-4 * (50 - size)).sub(LeastSquares(rows, [], 1e-4 * 50));

            using var change = Predict(fitted, rows, forget);

            double error = Error(Inputs(rows).mm(truth), change.Values);
            Assert.IsLessThan(1e-6, error, $"{size} rows: relative error {error:g3}");
        }
    }

    /// <summary>The optimum by Newton's method on its own code in double precision; 1e-6 leaves room for float32 outputs, and one step must miss it.</summary>
    [TestMethod]
    public void Predict_SoftmaxRegression_EqualsRetraining()
    {
        using var scope = NewDisposeScope();
        set_num_threads(1);
        using var rows = Digits.Train(120);
        var problem = new ConvexProblem(rows, TrainingLoss.CrossEntropy, 5e-3);
        using var bank = Bank(rows);
        var theta = problem.Solve();
        foreach (int size in new[] { 5, 40 })
        {
            int[] forget = [.. Enumerable.Range(3, size)];
            var truth = problem.Inputs.mm(problem.Solve(forget).sub(theta));

            using var many = Softmax(bank, rows, steps: 6);
            using var one = Softmax(bank, rows, steps: 1);
            using var change = Predict(many, rows, forget);
            using var single = Predict(one, rows, forget);

            double error = Error(truth, change.Values);
            Assert.IsLessThan(1e-6, error, $"{size} rows: relative error {error:g3}");
            Assert.IsGreaterThan(1e-3, Error(truth, single.Values));
        }
    }

    [TestMethod]
    [DataRow(TrainingLoss.SquaredError)]
    [DataRow(TrainingLoss.CrossEntropy)]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft(TrainingLoss loss)
    {
        using var scope = NewDisposeScope();
        using var rows = Rows();
        using var bank = Bank(rows);
        using var left = rows.Without([1, 2, 30]);
        var method = new LeverageExact(new LeverageExactOptions { Loss = loss });
        using var all = method.Fit(bank, rows);
        using var fresh = method.Fit(bank, left);

        using var without = all.Without(rows, [rows.RowIds[1], rows.RowIds[2], rows.RowIds[30]]);

        Assert.AreEqual(Bits.Of([Predict(fresh, left, [4, 5]).Values]), Bits.Of([Predict(without, left, [4, 5]).Values]));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Predict(without, rows, [4])).Message, "57");
    }

    [TestMethod]
    public void Fit_NetworkWithHiddenLayer_NamesTheLayer()
    {
        using var rows = Digits.Train(40);
        using var bank = Banks.Trained(rows, fullMembers: 1, epochs: 1, 4);
        var progress = new ProgressCount();

        var error = Assert.ThrowsExactly<UnsupportedLayerException>(() => new LeverageExact(new()).Fit(bank, rows, progress));

        StringAssert.Contains(error.Message, "'hidden1'");
        StringAssert.Contains(error.Message, "mlp(4)");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    [DataRow(TrainingLoss.SquaredError)]
    [DataRow(TrainingLoss.CrossEntropy)]
    public void FitAndPredict_AllRowsOrUnknownRowOrCancelled_IsRefused(TrainingLoss loss)
    {
        using var rows = Rows();
        using var bank = Bank(rows);
        var method = new LeverageExact(new LeverageExactOptions { Loss = loss });
        using var fitted = method.Fit(bank, rows);

        Assert.ThrowsExactly<ArgumentException>(() => Predict(fitted, rows, [.. Enumerable.Range(0, Count)]));
        Assert.AreEqual(5L, Assert.ThrowsExactly<RowDataException>(() => fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [5], Targets = rows.Features })).RowId);
        Assert.ThrowsExactly<OperationCanceledException>(() => method.Fit(bank, rows, null, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    [DataRow(TrainingLoss.SquaredError)]
    [DataRow(TrainingLoss.CrossEntropy)]
    public void FitPredictWithout_ManyTimes_LeavesNoTensors(TrainingLoss loss)
    {
        using var rows = Rows();
        using var bank = Bank(rows);

        long left = LiveTensors.LeftBy(
            () =>
            {
                using var fitted = new LeverageExact(new LeverageExactOptions { Loss = loss }).Fit(bank, rows);
                using var change = Predict(fitted, rows, [1, 2]);
                using var without = fitted.Without(rows, [rows.RowIds[3]]);
            },
            times: 5);

        Assert.AreEqual(0, left);
    }

    public static IEnumerable<object[]> OutOfRange =>
    [
        [nameof(LeverageExactOptions.WeightDecay), new LeverageExactOptions { WeightDecay = 0 }],
        [nameof(LeverageExactOptions.Steps), new LeverageExactOptions { Steps = 0 }],
        [nameof(LeverageExactOptions.BatchSize), new LeverageExactOptions { BatchSize = 0 }],
        [nameof(LeverageExactOptions.Loss), new LeverageExactOptions { Loss = (TrainingLoss)7 }],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void CreateAttributor_SettingOutOfRange_NamesTheSetting(string setting, LeverageExactOptions options) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.CreateAttributor).Message, setting);

    private static IFittedAttributor Softmax(ModelBank bank, LabeledRows rows, int steps) =>
        new LeverageExact(new LeverageExactOptions { Loss = TrainingLoss.CrossEntropy, WeightDecay = 5e-3, KeepRidge = true, Steps = steps }).Fit(bank, rows);

    private static LogitChange Predict(IFittedAttributor fitted, LabeledRows rows, int[] forget) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [.. forget.Select(row => rows.RowIds[row])], Targets = rows.Features });

    /// <summary>Ridge regression without some rows: least squares on the rows with √λ·I below them.</summary>
    private static Tensor LeastSquares(LabeledRows rows, int[] without, double ridge)
    {
        var kept = tensor(Enumerable.Range(0, rows.Count).Except(without).Select(row => (long)row).ToArray());
        var targets = nn.functional.one_hot(rows.Labels, rows.Classes).to_type(ScalarType.Float64).index_select(0, kept);
        var inputs = Inputs(rows).index_select(0, kept);
        var stacked = cat([inputs, eye(inputs.shape[1], dtype: ScalarType.Float64).mul(Held(Math.Sqrt(ridge)))]);
        return linalg.lstsq(stacked, cat([targets, zeros(inputs.shape[1], targets.shape[1], dtype: ScalarType.Float64)])).Solution;
    }

    private static Tensor Inputs(LabeledRows rows) => cat([rows.Features.to_type(ScalarType.Float64), ones(rows.Count, 1, dtype: ScalarType.Float64)], 1);

    private static ModelBank Bank(LabeledRows rows)
    {
        var final = ModelStack.Initialize(NetworkSpec.Linear().CreateGraph(rows.FeatureCount, rows.Classes), [1]);
        return new ModelBank([MemberPlan.Full(1)], 1, new TrainedModels(final, [(1, final.Clone())]));
    }

    private static LabeledRows Rows()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(31);
        var features = randn([Count, Features], generator: generator);
        var labels = features.mm(randn([Features, Classes], generator: generator)).add(randn([Count, Classes], generator: generator), Held(1)).argmax(1);
        return LabeledRows.Create(features.data<float>().ToArray(), Features, [.. labels.data<long>().Select(label => (int)label)], [.. Enumerable.Range(0, Count).Select(i => 7L * i)], Classes);
    }

    private static double Error(Tensor truth, Tensor predicted) => predicted.to_type(ScalarType.Float64).sub(truth).norm().div(truth.norm()).item<double>();
}
