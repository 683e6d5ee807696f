using System.Text.Json;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Storage;

/// <summary>Every method of attribution, stored and read back, gives the same bits: for a request, for single rows, and after rows have left.</summary>
[TestClass]
public sealed class AttributorFileTests
{
    private const int RowCount = 160;
    private static readonly TrainerOptions Training = new() { Epochs = 4, LearningRate = 0.05 };
    private static readonly LabeledRows Rows = Digits.Train(RowCount);
    private static readonly ModelBank Mlp = Train(NetworkSpec.Mlp(8)), Linear = Train(NetworkSpec.Linear());
    private static readonly GaussNewtonInfluenceOptions Projected = new() { ProjectionSize = 3, MaxMembers = 3 }, LastOnly = new() { ProjectionSize = 3, MaxMembers = 3, LastCheckpointOnly = true };

    public static IEnumerable<object[]> Methods =>
    [
        [Projected, true, "gauss-newton"],
        [new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, MaxMembers = 2, CurvatureRows = 60 }, true, "gauss-newton"],
        [new CalibrationOptions { GaussNewton = Projected, MaxRows = 100 }, true, "calibrated-gauss-newton"],
        [new CalibrationOptions { GaussNewton = LastOnly, MaxRows = 100 }, true, "calibrated-gauss-newton"],
        [new CalibrationOptions { GaussNewton = Projected, MaxRows = 100, FullDimensionDampings = [5, 20], FullDimensionMembers = 2 }, true, "calibrated-gauss-newton"],
        [new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = Projected, MaxRows = 100 } }, true, "deletion-gaussian-process"],
        [new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = LastOnly, MaxRows = 100, Unrolled = new() { MaxMembers = 2, CurvatureRows = 60, Training = Training } } }, true, "deletion-gaussian-process"],
        [new CalibrationOptions { GaussNewton = Projected, MaxRows = 100, FullDimensionDampings = [5], FullDimensionMembers = 1, Unrolled = new() { MaxMembers = 1, CurvatureRows = 60, Training = Training } }, true, "calibrated-gauss-newton"],
        [new UnrolledInfluenceOptions { MaxMembers = 2, CalibrationDeletions = 3, Training = Training }, true, "unrolled"],
        [new TrakOptions { ProjectionSize = 3, MaxMembers = 3 }, true, "trak"],
        [new RegressionDatamodelsOptions(), true, "regression-datamodels"],
        [new RegressionDatamodelsOptions { RidgePerTarget = false, MaxWorkers = 3 }, true, "regression-datamodels"],
        [new RegressionDatamodelsOptions { Estimator = DatamodelEstimator.EmpiricalInfluence }, true, "regression-datamodels"],
        [new RegressionDatamodelsOptions { Estimator = DatamodelEstimator.Lasso, PathLength = 4 }, true, "regression-datamodels"],
        [new ExactKernelOptions { MaxMembers = 2 }, true, "exact-kernel"],
        [new LeverageExactOptions(), false, "leverage-exact"],
        [new LeverageExactOptions { Loss = TrainingLoss.SquaredError }, false, "leverage-exact"],
    ];

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Open_WrittenAttribution_GivesSameBits(IAttributorOptions options, bool mlp, string kind)
    {
        var bank = mlp ? Mlp : Linear;
        using var fitted = options.CreateAttributor().Fit(bank, Rows);
        var (header, bytes) = Written(fitted);

        using var read = Read(header, bytes, bank, [.. Rows.RowIds]);

        Assert.AreEqual(kind, header.Kind);
        Assert.AreEqual(Bits(fitted, Rows), Bits(read, Rows));
        long[] gone = [Rows.RowIds[3], Rows.RowIds[90]];
        using var rest = Rows.Without(Rows.IndexesOf(gone));
        using var fittedRest = fitted.Without(Rows, gone);
        using var readRest = read.Without(Rows, gone);
        Assert.AreEqual(Bits(fittedRest, rest), Bits(readRest, rest));
        Assert.AreNotEqual(Bits(fittedRest, rest), Bits(fitted, Rows), "the negative control: other attribution has other bits");
        var (_, again) = Written(readRest);
        Assert.IsNotEmpty(again);
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Read_CutOrChangedShape_IsRefused(IAttributorOptions options, bool mlp, string kind)
    {
        var bank = mlp ? Mlp : Linear;
        using var fitted = options.CreateAttributor().Fit(bank, Rows);
        var (header, bytes) = Written(fitted);
        long[] ids = [.. Rows.RowIds];
        long left = LiveTensors.LeftBy(
            () =>
            {
                Assert.ThrowsExactly<InvalidDataException>(() => Read(header, bytes[..^1], bank, ids), kind);
                Assert.ThrowsExactly<InvalidDataException>(() => Read(header with { RowCount = RowCount - 1 }, bytes, bank, ids), kind);
                Assert.ThrowsExactly<InvalidDataException>(() => Read(header with { Kind = "other" }, bytes, bank, ids), kind);
            },
            times: 1);
        Assert.AreEqual(0, left, "nothing is left behind");
    }

    [TestMethod]
    public void Open_SettingsThatTheBankDoesNotMeet_AreRefused()
    {
        using var fitted = new Trak(new TrakOptions { ProjectionSize = 3, MaxMembers = 3 }).Fit(Mlp, Rows);
        var header = AttributorFile.Describe(fitted);
        foreach (var (name, value) in new[] { ("ridge", "-1"), ("checkpointEpochs", "[77]"), ("unknown", "1") })
        {
            string json = header.Options.GetRawText();
            string changed = name == "unknown" ? json.Replace("{", "{\"unknown\":1,", StringComparison.Ordinal) : Replace(json, name, value);
            var bad = header with { Options = JsonDocument.Parse(changed).RootElement };
            Assert.ThrowsExactly<InvalidDataException>(() => AttributorFile.Open(bad, Mlp, [.. Rows.RowIds]), name);
        }
    }

    [TestMethod]
    public void Describe_MethodOfTheCaller_IsRefusedByName() =>
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => AttributorFile.Describe(new Unlearning.FakeAttributor(request => request.Targets))).Message, "FakeAttributor");

    private static string Replace(string json, string name, string value)
    {
        int start = json.IndexOf($"\"{name}\":", StringComparison.Ordinal) + name.Length + 3;
        Assert.IsGreaterThan(name.Length + 2, start);
        int end = json.IndexOfAny([',', '}'], start);
        return json[..start] + value + json[end..];
    }

    private static ModelBank Train(NetworkSpec network)
    {
        var trainer = new Trainer(network.CreateGraph(Digits.Pixels, Digits.Classes), Training);
        return ModelBank.Train(trainer, Rows, new ModelBankOptions { Members = 12, FullMembers = 3, Checkpoints = [0.25, 0.5, 0.75, 1] }, 4, seed: 7);
    }

    private static (AttributorHeader Header, byte[] Bytes) Written(IFittedAttributor attributor)
    {
        using var stream = new MemoryStream();
        AttributorFile.Write(stream, attributor);
        return (AttributorFile.Describe(attributor), stream.ToArray());
    }

    private static IFittedAttributor Read(AttributorHeader header, byte[] bytes, ModelBank bank, long[] rowIds)
    {
        var reader = AttributorFile.Open(header, bank, rowIds);
        Assert.AreEqual(reader.Shapes.Count > 0, bytes.Length > 16);
        return reader.Read(new MemoryStream(bytes));
    }

    private static string Bits(IFittedAttributor attributor, LabeledRows rows)
    {
        using var scope = NewDisposeScope();
        var targets = rows.Features.slice(0, 0, 70, 1);
        long[] forget = [rows.RowIds[5], rows.RowIds[17], rows.RowIds[80]];
        var request = new AttributionRequest { Rows = rows, ForgetRowIds = forget, Targets = targets, TargetRowIds = [.. rows.RowIds.Take(70).Select(id => (long?)id)] };
        using var change = attributor.Predict(request);
        var parts = new List<Tensor> { change.Values };
        if (change.Variance is { } variance)
        {
            parts.Add(variance);
        }

        if (attributor is IRowInfluence rowInfluence)
        {
            parts.Add(rowInfluence.RowInfluence(rows, targets, rows.Labels.slice(0, 0, 70, 1)));
        }

        return Core.Tests.Bits.Of(parts);
    }
}
