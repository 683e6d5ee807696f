using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Core.Tests.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution;

/// <summary>Matrices and requests that take the strongest directions among logits alone.</summary>
[TestClass]
public sealed class CurvatureFloorTests
{
    private const int Rows = 150;

    private static readonly long[] Forget = [1, 2, 43, 61, 89];

    public static IEnumerable<object[]> Networks => TestNetwork.Names.Select(name => new object[] { name });

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.02)]
    [DataRow(0.2)]
    public void Of_Logits_IsTheCurvatureButForWhatIsBelowTheFloor(double floor)
    {
        using var scope = NewDisposeScope();
        var logits = randn([40, 6], generator: new Generator(3)).mul(tensor(new float[] { 0.1f, 1, 3, 10 }).repeat(10).unsqueeze(1));

        var (rows, directions) = CurvatureDirections.Of(logits, floor);

        var p = logits.softmax(1);
        var rest = p.diag_embed().sub(p.unsqueeze(2).bmm(p.unsqueeze(1))).index_add(0, rows, directions.unsqueeze(2).bmm(directions.unsqueeze(1)), Held(-1));
        Assert.IsLessThanOrEqualTo(floor + 1e-6, linalg.eigvalsh(rest).abs().max().item<float>(), "No direction above the floor may be missing, and none counted twice.");
        Assert.IsGreaterThan(Math.Sqrt(floor), directions.norm(1).min().item<float>(), "No direction below the floor may be there.");
        Assert.IsGreaterThan(0, rows.shape[0]);
    }

    /// <summary>Tolerance 1e-5 of the largest entry, as for gradients of logits: float32 sums in another order. Rows come several times, once and not at all.</summary>
    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void OfSums_SomeOfEachRow_AreSumsOfTheLogitsGradients(string name)
    {
        using var scope = NewDisposeScope();
        var network = TestNetwork.Create(name);
        using var features = new GradientFeatures(network.Graph, projectionSize: 2, seed: 5);
        long count = network.Features.shape[0];
        var rows = tensor(new long[] { 0, count - 1, 0, 0, count - 1 }).clone();
        var weights = randn([5, network.Graph.OutputSize], generator: new Generator(2));

        var sums = features.OfSums(network.Weights, network.Features, _ => (rows, weights));

        var gradients = features.OfLogits(network.Weights, network.Features).Gradients;
        var expected = weights.unsqueeze(1).bmm(gradients.index_select(0, rows)).squeeze(1);
        Closeness.Check(expected, sums, 1e-5 * expected.abs().max().item<float>(), "sums");
        Assert.AreEqual(0, features.OfSums(network.Weights, network.Features, _ => (rows.slice(0, 0, 0, 1), weights.slice(0, 0, 0, 1))).shape[0]);
    }

    /// <summary>Tolerance 1e-4 of the largest entry. With a floor of next to nothing it is the same system by another way; the cache mixes gradients at hand with fresh ones.</summary>
    [TestMethod]
    [DataRow("mlp", 0)]
    [DataRow("mlp", 1 << 19)]
    [DataRow("small CNN", 0)]
    [DataRow("small CNN", 1 << 21)]
    public void Predict_TinyFloor_EqualsPredictWithoutFloor(string network, long cache)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var bank = Train(network, rows);
        using var plain = Fit(bank, rows, 0, 0);
        using var reduced = Fit(bank, rows, 1e-9, cache);
        Assert.AreEqual(cache > 0, reduced.Pool.RowIds.Count > 0);

        var expected = Predict(plain, rows, Forget);

        double scale = expected.abs().max().item<float>();
        Closeness.Check(expected, Predict(reduced, rows, Forget), 1e-4 * scale, "change");
        Assert.IsGreaterThan(0.1 * scale, Predict(plain, rows, [7, 8, 9, 11, 12]).sub(expected).abs().max().item<float>(), "Other rows must give another change, or the test shows nothing.");
    }

    /// <summary>A floor may leave out a little and no more. One that leaves out everything must be seen.</summary>
    [TestMethod]
    public void Predict_HigherFloors_MoveAwayFromPredictWithoutFloor()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var bank = Train("mlp", rows);
        using var plain = Fit(bank, rows, 0, 0);
        var expected = Predict(plain, rows, Forget);

        double Distance(double floor)
        {
            using var reduced = Fit(bank, rows, floor, 0);
            return (Predict(reduced, rows, Forget).sub(expected).norm() / expected.norm()).item<float>();
        }

        double low = Distance(0.003), high = Distance(0.49);
        Assert.IsGreaterThan(1e-6, low, "A floor that changes nothing is not applied.");
        Assert.IsLessThan(0.05, low);
        Assert.IsGreaterThan(0.3, high);
    }

    /// <summary>Tolerance 1e-3 of the largest entry: one matrix is a sum of float32 terms with some taken out again. Nothing of the rows may stay in it.</summary>
    [TestMethod]
    public void Without_SomeRows_PredictsAsAFitOnTheRest()
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(Rows);
        using var left = rows.Without(rows.IndexesOf(Forget));
        using var bank = Train("mlp", rows);
        using var all = Fit(bank, rows, 0.01, 1 << 19);
        using var fresh = Fit(bank, left, 0.01, 0);

        using var without = all.Without(rows, Forget);

        var expected = Predict(fresh, left, [3, 4, 6]);
        Closeness.Check(expected, Predict((FittedGaussNewtonInfluence)without, left, [3, 4, 6]), 1e-3 * expected.abs().max().item<float>(), "change");
    }

    /// <summary>The same system behind the process over deletions: a group's own matrix must be of the same kind as the one it is taken from.</summary>
    [TestMethod]
    public void Visit_WithFloor_AddsUpToTheCurvature()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var rows = Digits.Train(Rows);
        using var bank = Train("mlp", rows);
        var ensemble = GaussNewtonEnsemble.Create(bank, new() { ProjectionSize = 6, CurvatureFloor = 0.02, BatchSize = 40 });
        var sum = zeros(ensemble.FeatureSize, ensemble.FeatureSize);
        var loss = zeros(ensemble.FeatureSize);
        long directions = 0;
        ensemble.Visit(0, rows.Features, rows.Labels, (_, root, gradient) =>
        {
            sum.add_(root.flatten(0, 1).t().mm(root.flatten(0, 1)), Held(1));
            loss.add_(gradient!.sum([0]), Held(1));
            directions = Math.Max(directions, root.shape[1]);
        }, default);

        var curvature = ensemble.Curvature(0, rows.Features, default);
        Closeness.Check(curvature, sum, 1e-5 * curvature.abs().max().item<float>(), "matrix");
        Assert.IsLessThan(Digits.Classes, directions, "Fewer directions than classes are the point of it.");
        var whole = zeros(ensemble.FeatureSize);
        GaussNewtonEnsemble.Create(bank, new() { ProjectionSize = 6 }).Visit(0, rows.Features, rows.Labels, (_, _, gradient) => whole.add_(gradient!.sum([0]), Held(1)), default);
        Closeness.Check(whole, loss, 1e-4 * whole.abs().max().item<float>(), "gradient of the loss");
    }

    [TestMethod]
    public void FitAndPredict_Repeated_LeaveNoTensors()
    {
        using var rows = Digits.Train(60);
        using var bank = Train("small CNN", rows);

        Assert.AreEqual(0, LiveTensors.LeftBy(() =>
        {
            using var fitted = Fit(bank, rows, 0.003, 1 << 20);
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

    private static FittedGaussNewtonInfluence Fit(ModelBank bank, LabeledRows rows, double floor, long cache) =>
        (FittedGaussNewtonInfluence)new GaussNewtonInfluence(new GaussNewtonInfluenceOptions { ProjectionSize = 6, CurvatureFloor = floor, MaxCacheBytes = cache }).Fit(bank, rows);

    private static Tensor Predict(FittedGaussNewtonInfluence fitted, LabeledRows rows, IReadOnlyList<long> forget) => fitted.Predict(new AttributionRequest
    {
        Rows = rows,
        ForgetRowIds = forget,
        Targets = rows.Features,
        TargetRowIds = [.. rows.RowIds.Select(id => (long?)id)],
    }).Values;
}
