using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Core.Tests.Attribution.Datamodels;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class RegressionDatamodelsTests
{
    public static IEnumerable<object[]> Estimators => Enum.GetValues<DatamodelEstimator>().Select(estimator => new object[] { estimator });

    public static IEnumerable<object[]> OutOfRange =>
    [
        [nameof(RegressionDatamodelsOptions.Estimator), new RegressionDatamodelsOptions { Estimator = (DatamodelEstimator)9 }],
        [nameof(RegressionDatamodelsOptions.Multiplier), new RegressionDatamodelsOptions { Multiplier = 0 }],
        [nameof(RegressionDatamodelsOptions.Ridges), new RegressionDatamodelsOptions { Ridges = [] }],
        [nameof(RegressionDatamodelsOptions.Ridges), new RegressionDatamodelsOptions { Ridges = [1, 0] }],
        [nameof(RegressionDatamodelsOptions.PathLength), new RegressionDatamodelsOptions { PathLength = 1 }],
        [nameof(RegressionDatamodelsOptions.PathEnd), new RegressionDatamodelsOptions { PathEnd = 1 }],
        [nameof(RegressionDatamodelsOptions.HeldOutShare), new RegressionDatamodelsOptions { HeldOutShare = double.NaN }],
        [nameof(RegressionDatamodelsOptions.Tolerance), new RegressionDatamodelsOptions { Tolerance = 0 }],
        [nameof(RegressionDatamodelsOptions.TargetBatchSize), new RegressionDatamodelsOptions { TargetBatchSize = 0 }],
        [nameof(RegressionDatamodelsOptions.MaxWorkers), new RegressionDatamodelsOptions { MaxWorkers = 0 }],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void Constructor_SettingOutOfRange_NamesTheSetting(string setting, RegressionDatamodelsOptions options) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RegressionDatamodels(options)).Message, setting);

    /// <summary>Where every effect is additive and there is no noise, enough members give the effects back. Empirical influence keeps the noise of the other rows.</summary>
    [TestMethod]
    [DataRow(DatamodelEstimator.EmpiricalInfluence, 0.1, 0.6)]
    [DataRow(DatamodelEstimator.EmpiricalInfluence, 0.5, 0.6)]
    [DataRow(DatamodelEstimator.Ridge, 0.1, 0.98)]
    [DataRow(DatamodelEstimator.Ridge, 0.5, 0.98)]
    [DataRow(DatamodelEstimator.Lasso, 0.1, 0.98)]
    [DataRow(DatamodelEstimator.Lasso, 0.5, 0.98)]
    public void Predict_PlantedAdditiveEffects_RecoversThem(DatamodelEstimator estimator, double share, double bar)
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 400, share: share, effective: 6);
        using var fitted = Fit(planted, estimator);
        using var truth = TrueChange.Exact(planted.Change(planted.Rows.Features, 0, 2, 3, 20));

        double score = TargetError.Of(Predict(fitted, planted.Rows, 0, 2, 3, 20), truth).R2;
        double control = TargetError.Of(Predict(fitted, planted.Rows, 1, 4, 5, 21), truth).R2;

        Assert.IsGreaterThan(bar, score);
        Assert.IsLessThan(0.3, control, "rows other than those that leave");
    }

    [TestMethod]
    [DynamicData(nameof(Estimators))]
    public void RowInfluence_OneLogitChange_IsMinusTheChangeOfTheMargin(DatamodelEstimator estimator)
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(members: 400, effective: 6);
        using var fitted = Fit(planted, estimator);
        var labels = zeros(5, dtype: ScalarType.Int64);
        var targets = planted.Rows.Features.slice(0, 0, 5, 1);

        using var influence = ((IRowInfluence)fitted).RowInfluence(planted.Rows, targets, labels);

        CollectionAssert.AreEqual(new long[] { 5, 40 }, influence.shape);
        var truth = stack(Enumerable.Range(0, 40).Select(row => Linearised(planted, targets, row)), 1).neg();
        double cosine = truth.flatten().dot(influence.flatten()).div(truth.norm().mul(influence.norm())).item<float>();
        Assert.IsGreaterThan(0.8, cosine);
        Assert.IsLessThan(0.3, Math.Abs(truth.roll(11, 1).flatten().dot(influence.flatten()).div(truth.norm().mul(influence.norm())).item<float>()), "scores of other rows");
    }

    [TestMethod]
    [DynamicData(nameof(Estimators))]
    public void Predict_BatchesAndWorkers_ChangeNothing(DatamodelEstimator estimator)
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(noise: 0.5);
        using var one = Fit(planted, estimator, options => (options.MaxWorkers, options.TargetBatchSize) = (1, 40));
        using var many = Fit(planted, estimator, options => (options.MaxWorkers, options.TargetBatchSize) = (3, 40));
        using var small = Fit(planted, estimator, options => (options.MaxWorkers, options.TargetBatchSize) = (3, 7));

        var expected = Predict(one, planted.Rows, 0, 1, 5);
        Assert.AreEqual(Bits.Of([expected]), Bits.Of([Predict(many, planted.Rows, 0, 1, 5)]));
        Closeness.Check(expected, Predict(small, planted.Rows, 0, 1, 5), 1e-4 * expected.abs().max().item<float>(), "change");
    }

    [TestMethod]
    [DynamicData(nameof(Estimators))]
    public void Without_SomeRows_EqualsAFitOnTheRowsThatAreLeft(DatamodelEstimator estimator)
    {
        using var scope = NewDisposeScope();
        using var planted = new PlantedDatamodel(noise: 0.5);
        using var fitted = Fit(planted, estimator);
        using var left = planted.Rows.Without([1, 30]);

        using var without = fitted.Without(planted.Rows, [10, 300]);

        Assert.AreEqual(38, ((FittedRegressionDatamodels)without).RowCount);
        using var fresh = new RegressionDatamodels(new() { Estimator = estimator }).Fit(planted.Bank, left);
        Assert.AreEqual(Bits.Of([Predict(fresh, left, 0, 1)]), Bits.Of([Predict(without, left, 0, 1)]));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Predict(without, planted.Rows, 0)).Message, "38 rows");
        Assert.AreEqual(10L, Assert.ThrowsExactly<RowDataException>(() => without.Predict(new AttributionRequest { Rows = left, ForgetRowIds = [10], Targets = left.Features })).RowId);
    }

    [TestMethod]
    public void Fit_BankThatCannotServe_IsRefusedBeforeAnyWork()
    {
        using var rows = Digits.Train(60);
        using var full = Banks.Trained(rows, fullMembers: 2, epochs: 1, 4);
        var progress = new ProgressCount();

        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new RegressionDatamodels(new()).Fit(full, rows, progress)).Message, "saw all rows");
        using var small = new PlantedDatamodel(members: 3, fullMembers: 1);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new RegressionDatamodels(new()).Fit(small.Bank, small.Rows, progress)).Message, "at least 5");
        using var planted = new PlantedDatamodel();
        using var others = LabeledRows.Create([1, 2, 3, 4], 2, [0, 1], [1001, 1002], 3);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new RegressionDatamodels(new()).Fit(planted.Bank, others, progress)).Message, "trained on");
        Assert.AreEqual(0, progress.Reports);
    }

    [TestMethod]
    public void Predict_Cancelled_Stops()
    {
        using var planted = new PlantedDatamodel();
        using var fitted = Fit(planted, DatamodelEstimator.Lasso);

        Assert.ThrowsExactly<OperationCanceledException>(() =>
            fitted.Predict(new AttributionRequest { Rows = planted.Rows, ForgetRowIds = [10], Targets = planted.Rows.Features }, null, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void Predict_WithProgress_ReportsEachBatch()
    {
        using var planted = new PlantedDatamodel();
        using var fitted = Fit(planted, DatamodelEstimator.Ridge, options => options.TargetBatchSize = 15);
        var progress = new ProgressCount();

        using var change = fitted.Predict(new AttributionRequest { Rows = planted.Rows, ForgetRowIds = [10], Targets = planted.Rows.Features }, progress);

        Assert.AreEqual(3, progress.Reports);
    }

    [TestMethod]
    [DynamicData(nameof(Estimators))]
    public void FitAndPredict_Repeated_LeavesNoTensors(DatamodelEstimator estimator)
    {
        using var planted = new PlantedDatamodel(members: 12);
        long left = LiveTensors.LeftBy(
            () =>
            {
                using var fitted = Fit(planted, estimator, options => options.RidgePerTarget = false);
                using var change = fitted.Predict(new AttributionRequest { Rows = planted.Rows, ForgetRowIds = [10], Targets = planted.Rows.Features });
                using var influence = ((IRowInfluence)fitted).RowInfluence(planted.Rows, planted.Rows.Features, planted.Rows.Labels);
                using var without = fitted.Without(planted.Rows, [20]);
            },
            times: 3);

        Assert.AreEqual(0, left);
    }

    private static IFittedAttributor Fit(PlantedDatamodel planted, DatamodelEstimator estimator, Action<RegressionDatamodelsOptions>? change = null)
    {
        var options = new RegressionDatamodelsOptions { Estimator = estimator };
        change?.Invoke(options);
        return options.CreateAttributor().Fit(planted.Bank, planted.Rows);
    }

    private static Tensor Predict(IFittedAttributor fitted, LabeledRows rows, params int[] forget) =>
        fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = [.. forget.Select(row => rows.RowIds[row])], Targets = rows.Features }).Values;

    /// <summary>Effect of a row on the margin of class 0, to first order around the full model's mean output.</summary>
    private static Tensor Linearised(PlantedDatamodel planted, Tensor targets, int row)
    {
        var change = planted.Change(targets, row);
        using var logits = planted.Bank.Models.Final.Logits(targets);
        var others = logits.slice(2, 1, 3, 1).softmax(2).mean([0]);
        return change.select(1, 0).sub(change.slice(1, 1, 3, 1).mul(others).sum([1]));
    }
}
