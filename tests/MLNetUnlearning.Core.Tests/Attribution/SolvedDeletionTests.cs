using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>A deletion solved once against one solved anew for every question, for every method.</summary>
[TestClass]
public sealed class SolvedDeletionTests
{
    private const int RowCount = 120, Targets = 12;
    private static readonly Lazy<(LabeledRows Rows, ModelBank Small, ModelBank Linear)> Shared = new(Create);

    private static readonly TrainerOptions Training = new() { Epochs = 5 };

    private static IEnumerable<(string Name, IAttributorOptions Options)> Methods =>
    [
        ("projected", new GaussNewtonInfluenceOptions { ProjectionSize = 4 }),
        ("projected, cached", new GaussNewtonInfluenceOptions { ProjectionSize = 4, MaxCacheBytes = 600_000 }),
        ("projected, floor", new GaussNewtonInfluenceOptions { ProjectionSize = 4, CurvatureFloor = 0.01 }),
        ("full dimension", new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, MaxMembers = 2 }),
        ("full dimension, evaluated", new GaussNewtonInfluenceOptions { Solver = InfluenceSolver.FullDimension, MaxMembers = 2, EvaluateStep = true }),
        ("unrolled", new UnrolledInfluenceOptions { MaxMembers = 2, CalibrationDeletions = 3, Training = Training }),
        ("calibration", Mean()),
        ("process", new DeletionGaussianProcessOptions { Mean = Mean() }),
        ("trak", new TrakOptions { ProjectionSize = 4 }),
        ("trak, shrunk", new TrakOptions { ProjectionSize = 4, SoftThreshold = 1e-3 }),
        ("datamodels", new RegressionDatamodelsOptions()),
        ("exact kernel", new ExactKernelOptions { MaxMembers = 2 }),
        ("leverage", new LeverageExactOptions { WeightDecay = 1e-2 }),
    ];

    public static IEnumerable<object[]> Names => Methods.Select(method => new object[] { method.Name });

    [ClassCleanup]
    public static void Cleanup()
    {
        if (Shared.IsValueCreated)
        {
            Shared.Value.Rows.Dispose();
            Shared.Value.Small.Dispose();
            Shared.Value.Linear.Dispose();
        }
    }

    /// <summary>Equal bits for equal questions. A target by itself and among others differ by rounding alone: products of other sizes add up in another order.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Predict_RowByRowFromSeveralThreads_EqualsTheRequest(string name)
    {
        using var scope = NewDisposeScope();
        var rows = Shared.Value.Rows;
        using var fitted = Fit(name);
        long[] forget = [.. rows.RowIds.Take(10)];
        // Some leave, some stay, some are no training rows.
        var features = cat([rows.Features.slice(0, 6, 6 + (Targets / 2), 1), rows.Features.slice(0, 50, 50 + (Targets / 2), 1).mul(Held(0.9))]);
        long?[] ids = [.. Enumerable.Range(0, Targets).Select(i => i < Targets / 2 ? rows.RowIds[6 + i] : (long?)null)];
        LogitChange Ask(int first, int end) =>
            fitted.Predict(new AttributionRequest { Rows = rows, ForgetRowIds = forget, Targets = features.slice(0, first, end, 1), TargetRowIds = ids[first..end] });

        using var solved = fitted.Solve(rows, forget);

        using LogitChange batch = solved.Predict(features, ids), request = Ask(0, Targets);
        Assert.AreEqual(Bits(request), Bits(batch));
        var single = new string[Targets];
        Parallel.For(0, 3 * Targets, new ParallelOptions { MaxDegreeOfParallelism = 3 }, i =>
        {
            using var one = solved.Predict(features.slice(0, i % Targets, (i % Targets) + 1, 1), [ids[i % Targets]]);
            string bits = Bits(one);
            Assert.AreEqual(bits, Interlocked.CompareExchange(ref single[i % Targets], bits, null) ?? bits);
        });
        for (int i = 0; i < Targets; i++)
        {
            using LogitChange alone = Ask(i, i + 1), one = solved.Predict(features.slice(0, i, i + 1, 1), [ids[i]]);
            Assert.AreEqual(Bits(alone), single[i], $"target {i}");
            Closeness.Check(batch.Values.slice(0, i, i + 1, 1), one.Values, 1e-4 * batch.Values.abs().max().item<float>(), $"target {i}");
            if (one.Variance is { } variance)
            {
                Closeness.Check(batch.Variance!.slice(0, i, i + 1, 1), variance, 1e-3 * batch.Variance!.max().item<float>(), $"variance of target {i}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Solve_Disposed_LeavesNoTensors(string name)
    {
        var rows = Shared.Value.Rows;
        using var fitted = Fit(name);

        long left = LiveTensors.LeftBy(
            () =>
            {
                using var solved = fitted.Solve(rows, [rows.RowIds[0], rows.RowIds[1]]);
                solved.Predict(rows.Features, [.. rows.RowIds.Select(id => (long?)id)]).Dispose();
            },
            2);

        Assert.AreEqual(0, left);
    }

    private static IFittedAttributor Fit(string name)
    {
        var options = Methods.First(method => method.Name == name).Options;
        var bank = options is LeverageExactOptions ? Shared.Value.Linear : Shared.Value.Small;
        return options.CreateAttributor().Fit(bank, Shared.Value.Rows);
    }

    private static string Bits(LogitChange change) => Tests.Bits.Of(change.Variance is null ? [change.Values] : [change.Values, change.Variance]);

    private static CalibrationOptions Mean() => new() { GaussNewton = new() { MaxMembers = 2, ProjectionSize = 4 }, MaxRows = 60, FullDimensionDampings = [10], FullDimensionMembers = 1 };

    private static (LabeledRows Rows, ModelBank Small, ModelBank Linear) Create()
    {
        var rows = Digits.Train(RowCount);
        ModelBank Train(NetworkSpec spec, int members) => ModelBank.Train(
            new Trainer(spec.CreateGraph(rows.FeatureCount, rows.Classes), Training), rows, new ModelBankOptions { FullMembers = 3, Members = members, Checkpoints = [0.2, 1] }, 5, seed: 3);
        return (rows, Train(NetworkSpec.Mlp(12), 14), Train(NetworkSpec.Linear(), 0));
    }
}
