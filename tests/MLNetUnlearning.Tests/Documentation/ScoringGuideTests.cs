using Microsoft.ML;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.Documentation;

[TestClass]
public sealed class ScoringGuideTests
{
    [TestMethod]
    public void Samples_AreTheCompiledOnes()
    {
        string source = Sample.Resource("ScoringGuideSample.cs");
        string[] samples = Sample.All(Sample.Resource("scoring.md"));
        Assert.HasCount(3, samples);
        for (int i = 1; i <= samples.Length; i++)
        {
            Assert.AreEqual(Sample.Unindent(Sample.Between(source, $"// sample {i} begin\n", $"// sample {i} end")), Sample.Unindent(samples[i - 1]), $"sample {i}");
        }
    }

    [TestMethod]
    public void Samples_Run()
    {
        using var folder = new TemporaryFolder();
        string before = Directory.GetCurrentDirectory();
        Directory.SetCurrentDirectory(folder.Path);
        try
        {
            using var network = Network.Create(NetworkSpec.Mlp(8), 64, 10, seed: 1);
            OnnxNetworkExporter.ExportFile(network, "model.onnx");
            Assert.HasCount(Digits.TestRows, ScoringGuideSample.ScoreFile(new MLContext(seed: 1), Digits.TestView(new MLContext(seed: 1))));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }

        ScoringGuideSample.Engine().Validate();
        ScoringGuideSample.Device().Validate();
    }
}
