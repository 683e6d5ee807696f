using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Onnx;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tests.Onnx;

// Tolerance 1e-5 on probabilities: float32 sums in another order differ by about 1e-7 a layer, and these networks have at most ten.
[TestClass]
public sealed class OnnxNetworkExporterParityTests
{
    private const double Tolerance = 1e-5;

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(NetworkKind.Linear)]
    [DataRow(NetworkKind.Mlp)]
    [DataRow(NetworkKind.SmallCnn)]
    [DataRow(NetworkKind.ResNet9)]
    public void Export_EveryFamilyAndBatchSize_ScoresAsTorchSharp(NetworkKind kind)
    {
        using var network = SampleNetworks.Create(kind);
        foreach (int opset in new[] { 12, 14, 17 })
        {
            using var scorer = new OrtScorer(OnnxNetworkExporter.Export(network, new OnnxExportOptions { Opset = opset }));
            foreach (int rows in new[] { 1, 7, 64 })
            {
                float[] features = SampleNetworks.Rows(network, rows, rows);
                float[] expected = SampleNetworks.Softmax(network, features);
                var (scores, indexes) = scorer.Score(features, network.Graph.InputSize);
                double difference = Differences.MaxAbs(expected, scores);
                TestContext.WriteLine($"{kind}, opset {opset}, batch {rows}: {difference:g2}");
                Assert.IsLessThanOrEqualTo(Tolerance, difference);
                CollectionAssert.AreEqual(Differences.ArgMax(expected, SampleNetworks.Classes), indexes);
            }
        }
    }

    [TestMethod]
    [DataRow(NetworkKind.Mlp)]
    [DataRow(NetworkKind.ResNet9)]
    public void Export_ThroughApplyOnnxModel_ScoresAsTorchSharp(NetworkKind kind)
    {
        using var network = SampleNetworks.Create(kind);
        float[] features = SampleNetworks.Rows(network, 9, 3);
        var ml = new MLContext(seed: 1);
        var data = FeatureRows.Create(ml, features, network.Graph.InputSize);
        using var file = new MemoryStream(OnnxNetworkExporter.Export(network));
        using var transformer = ml.Transforms.ApplyOnnxModel(["Score", "PredictedIndex"], ["Features"], file).Fit(data);
        var scored = transformer.Transform(data);
        float[] scores = [.. scored.GetColumn<float[]>("Score").SelectMany(row => row)];
        long[] indexes = [.. scored.GetColumn<long[]>("PredictedIndex").SelectMany(row => row)];

        float[] expected = SampleNetworks.Softmax(network, features);
        Assert.IsLessThanOrEqualTo(Tolerance, Differences.MaxAbs(expected, scores));
        CollectionAssert.AreEqual(Differences.ArgMax(expected, SampleNetworks.Classes), indexes);
    }

    [TestMethod]
    [DataRow(2, 1)]
    [DataRow(1, 4)]
    [DataRow(3, 2)]
    public void Export_DilatedAndGroupedConvolution_ScoresAsTorchSharp(int dilation, int groups)
    {
        var image = new ImageShape(4, 9, 8);
        var builder = new GraphBuilder(NetworkSpec.SmallCnn(image), image.Size);
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = builder.Add("convolution", new Conv2dOperation(4, 8, 3, 2, 2, true, dilation, groups), x);
        x = builder.Add("flatten", new FlattenOperation(), x);
        builder.Add("logits", new LinearOperation(builder.ShapeOf(x)[0], SampleNetworks.Classes), x);
        using var stack = ModelStack.Initialize(builder.Build(), [3]);
        using var network = stack.ToNetwork();
        float[] features = SampleNetworks.Rows(network, 16, 5);

        using var scorer = new OrtScorer(OnnxNetworkExporter.Export(network));

        double difference = Differences.MaxAbs(SampleNetworks.Softmax(network, features), scorer.Score(features, image.Size).Scores);
        TestContext.WriteLine($"dilation {dilation}, {groups} groups: {difference:g2}");
        Assert.IsLessThanOrEqualTo(Tolerance, difference);
    }

    [TestMethod]
    [DataRow(NetworkKind.Linear)]
    [DataRow(NetworkKind.ResNet9)]
    public void Export_OneWeightPerturbed_FailsParity(NetworkKind kind)
    {
        using var network = SampleNetworks.Create(kind);
        float[] features = SampleNetworks.Rows(network, 64, 1);
        float[] expected = SampleNetworks.Softmax(network, features);
        using (no_grad())
        {
            network.Weights[0].view(-1)[0].add_(Held(0.01f), Held(1));
        }

        using var scorer = new OrtScorer(OnnxNetworkExporter.Export(network));
        var (scores, _) = scorer.Score(features, network.Graph.InputSize);
        Assert.IsGreaterThan(Tolerance, Differences.MaxAbs(expected, scores));
    }

    [TestMethod]
    public void Export_FreshRunningStatistics_FailParityWithMovedOnes()
    {
        using var network = SampleNetworks.Create(NetworkKind.ResNet9);
        float[] features = SampleNetworks.Rows(network, 8, 1);
        float[] expected = SampleNetworks.Softmax(network, features);
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            for (int i = 0; i < network.Weights.Count; i++)
            {
                if (network.Graph.Parameters[i].Role == ParameterRole.RunningVariance)
                {
                    network.Weights[i].fill_(Held(1f));
                }
            }
        }

        using var scorer = new OrtScorer(OnnxNetworkExporter.Export(network));
        Assert.IsGreaterThan(Tolerance, Differences.MaxAbs(expected, scorer.Score(features, network.Graph.InputSize).Scores));
    }
}
