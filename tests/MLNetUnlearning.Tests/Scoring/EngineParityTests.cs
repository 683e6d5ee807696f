using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>A trained network scores in ONNX Runtime as in TorchSharp, up to the rounding of sums in another order.</summary>
[TestClass]
public sealed class EngineParityTests
{
    // The bar for exported files, too.
    private const float Tolerance = 1e-5f;
    private const int Count = 300;
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    [DataRow(NetworkKind.Linear)]
    [DataRow(NetworkKind.Mlp)]
    [DataRow(NetworkKind.SmallCnn)]
    [DataRow(NetworkKind.ResNet9)]
    public void Transform_BothEngines_Agree(NetworkKind kind)
    {
        using var onnx = Multiclass(kind, ScoringEngine.OnnxRuntime);
        using var torch = Multiclass(kind, ScoringEngine.TorchSharp);
        var data = Rows(onnx);
        float[][] expected = [.. torch.Transform(data).GetColumn<float[]>("Score")], actual = [.. onnx.Transform(data).GetColumn<float[]>("Score")];
        AreClose(expected, actual);
        CollectionAssert.AreEqual(torch.Transform(data).GetColumn<uint>("PredictedLabel").ToArray(), onnx.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
        Assert.IsGreaterThan(0.01f, expected.Max(row => row.Max()) - expected.Min(row => row.Max()), "Nearly equal probabilities would hide an error.");
    }

    [TestMethod]
    [DataRow(ScoringEngine.OnnxRuntime)]
    [DataRow(ScoringEngine.TorchSharp)]
    public void CreatePredictionEngine_OneRow_AgreesWithTheOtherEnginesBatch(ScoringEngine engine)
    {
        using var model = Multiclass(NetworkKind.Mlp, engine);
        using var other = Multiclass(NetworkKind.Mlp, engine == ScoringEngine.TorchSharp ? ScoringEngine.OnnxRuntime : ScoringEngine.TorchSharp);
        var data = Rows(model);
        using var predictions = Ml.Model.CreatePredictionEngine<MlpRow, Scored>(model, new PredictionEngineOptions { OwnsTransformer = false });
        AreClose([.. other.Transform(data).GetColumn<float[]>("Score")], [.. data.GetColumn<float[]>("Features").Select(row => predictions.Predict(new MlpRow { Features = row }).Score)]);
    }

    [TestMethod]
    public void Transform_BinaryHead_Agrees()
    {
        float[][] scores = [.. new[] { ScoringEngine.OnnxRuntime, ScoringEngine.TorchSharp }.Select(engine =>
        {
            var network = Network.Create(NetworkSpec.Mlp(16), 12, 2, seed: 3);
            var options = new NeuralNetworkBinaryOptions { ScoringEngine = engine, RowIdColumnName = null, Seed = 1 };
            using var model = new NeuralNetworkTransformer(options, network, new BinaryHead("Score", "Probability", "PredictedLabel"), null, Ml);
            return model.Transform(Rows(model)).GetColumn<float>("Score").ToArray();
        })];
        AreClose([scores[0]], [scores[1]]);
        Assert.IsGreaterThan(0.1f, scores[0].Max() - scores[0].Min());
    }

    [TestMethod]
    public void Fit_OfATrainer_ChoosesTheEngineOfItsOptions()
    {
        var options = Digits.SmallOptions(null);
        options.ScoringEngine = ScoringEngine.TorchSharp;
        using var torch = Digits.Pipeline(Ml, options).Fit(Digits.TrainView(Ml));
        using var onnx = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));
        Assert.IsInstanceOfType<TorchEngine>(torch.OfType<NeuralNetworkTransformer>().Single().Scorer.Load());
        Assert.IsInstanceOfType<OnnxEngine>(onnx.OfType<NeuralNetworkTransformer>().Single().Scorer.Load());
        Views.AreEqual(torch.Scores(Digits.TestView(Ml)), onnx.Scores(Digits.TestView(Ml)), Tolerance);
    }

    [TestMethod]
    public void MoveNext_OverManyBatches_AllocatesNothingPerRow()
    {
        using var model = Multiclass(NetworkKind.Mlp, ScoringEngine.OnnxRuntime);
        long few = Allocated(model, 3_000), many = Allocated(model, 23_000);
        Assert.IsLessThan(0.05, (many - few) / 20_000.0, $"{few} bytes for 3,000 rows, {many} for 23,000.");
    }

    private static long Allocated(NeuralNetworkTransformer model, int rows)
    {
        var view = model.Transform(Ml.Data.Cache(Rows(model, rows)));
        // On all threads; the least of several, since the process does other things too.
        return Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Read(view);
            return GC.GetTotalAllocatedBytes(precise: true) - before;
        });
    }

    private static void Read(IDataView view)
    {
        using var cursor = view.GetRowCursor([view.Schema["Score"], view.Schema["PredictedLabel"]]);
        var (score, label) = (cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]), cursor.GetGetter<uint>(view.Schema["PredictedLabel"]));
        VBuffer<float> values = default;
        uint key = 0;
        while (cursor.MoveNext())
        {
            score(ref values);
            label(ref key);
        }
    }

    private static NeuralNetworkTransformer Multiclass(NetworkKind kind, ScoringEngine engine) => new(
        new NeuralNetworkOptions { ScoringEngine = engine, RowIdColumnName = null, Seed = 1 },
        SampleNetworks.Create(kind),
        new MulticlassHead("Score", "PredictedLabel", SampleNetworks.Classes, null),
        null,
        Ml);

    private static IDataView Rows(NeuralNetworkTransformer model, int count = Count) => FeatureRows.Create(Ml, SampleNetworks.Rows(model.Model, count, 11), model.Model.Graph.InputSize);

    private static void AreClose(float[][] expected, float[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        double difference = Differences.MaxAbs([.. expected.SelectMany(row => row)], [.. actual.SelectMany(row => row)]);
        Assert.IsLessThanOrEqualTo(Tolerance, difference);
    }

    private sealed class MlpRow
    {
        [VectorType(12)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
