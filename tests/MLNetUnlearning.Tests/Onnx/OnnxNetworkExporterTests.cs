using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tests.Onnx;

[TestClass]
public sealed class OnnxNetworkExporterTests
{
    [TestMethod]
    [DataRow(12, 7)]
    [DataRow(17, 8)]
    public void Export_Opset_IsWrittenWithItsFormatVersion(int opset, int format)
    {
        using var network = SampleNetworks.Create(NetworkKind.SmallCnn);
        var model = ModelProto.Parser.ParseFrom(OnnxNetworkExporter.Export(network, new OnnxExportOptions { Opset = opset }));

        Assert.AreEqual(opset, model.OpsetImport.Single().Version);
        Assert.AreEqual(format, model.IrVersion);
        Assert.AreEqual("MLNetUnlearning", model.ProducerName);
        Assert.AreEqual(network.Graph.Spec, NetworkSpec.Parse(model.DocString));
    }

    [TestMethod]
    public void Export_AnyNetwork_HoldsEveryWeightInTheFile()
    {
        using var network = SampleNetworks.Create(NetworkKind.ResNet9);
        var model = ModelProto.Parser.ParseFrom(OnnxNetworkExporter.Export(network));
        foreach (var parameter in network.Graph.Parameters)
        {
            var tensor = model.Graph.Initializer.Single(tensor => tensor.Name == parameter.Name);
            Assert.AreEqual(parameter.Count * sizeof(float), tensor.RawData.Length);
        }
    }

    [TestMethod]
    public void Export_NamesGiven_AreThoseOfTheGraphWithDynamicBatch()
    {
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var options = new OnnxExportOptions { InputName = "relu1", ScoreName = "logits", PredictedIndexName = "hidden1.weight" };
        using var scorer = new OrtScorer(OnnxNetworkExporter.Export(network, options));

        CollectionAssert.AreEqual(new[] { -1, 12 }, scorer.Inputs["relu1"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, SampleNetworks.Classes }, scorer.Outputs["logits"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1 }, scorer.Outputs["hidden1.weight"].Dimensions);
        Assert.AreEqual("batch", scorer.Inputs["relu1"].SymbolicDimensions[0]);
        float[] rows = SampleNetworks.Rows(network, 3, 1);
        var (scores, _) = scorer.Score(rows, 12, "relu1", "logits", "hidden1.weight");
        Assert.IsLessThanOrEqualTo(1e-5, Differences.MaxAbs(SampleNetworks.Softmax(network, rows), scores));
    }

    [TestMethod]
    public void Export_UnknownOperation_NamesNodeAndOperation()
    {
        var builder = new GraphBuilder(NetworkSpec.Linear(), 3);
        builder.Add("strange", new NegateOperation(), 0);
        using var network = new Network(builder.Build(), []);

        var error = Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => OnnxNetworkExporter.Export(network));
        Assert.AreEqual("strange", error.Element);
        Assert.AreEqual(nameof(NegateOperation), error.Operation);
        StringAssert.Contains(error.Message, "'strange'", StringComparison.Ordinal);
    }

    [TestMethod]
    public void ExportFile_UnknownOperation_LeavesTheFileAsItWas()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        File.WriteAllText(path, "before");
        var builder = new GraphBuilder(NetworkSpec.Linear(), 3);
        builder.Add("strange", new NegateOperation(), 0);
        using var network = new Network(builder.Build(), []);

        Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => OnnxNetworkExporter.ExportFile(network, path));
        Assert.AreEqual("before", File.ReadAllText(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ExportFile_ExistingFile_IsReplacedAndNothingElseIsLeft()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        File.WriteAllText(path, "before");
        using var network = SampleNetworks.Create(NetworkKind.Linear);
        OnnxNetworkExporter.ExportFile(network, path);

        CollectionAssert.AreEqual(OnnxNetworkExporter.Export(network), File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ExportFile_TargetIsAFolder_FailsAndLeavesNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("taken");
        Directory.CreateDirectory(path);
        using var network = SampleNetworks.Create(NetworkKind.Linear);

        Assert.Throws<Exception>(() => OnnxNetworkExporter.ExportFile(network, path));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Check_NetworkBeyondTwoGigabytes_IsRefused()
    {
        var graph = NetworkSpec.Mlp(65_536, 65_536).CreateGraph(10, 2);
        var error = Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => OnnxSizeLimit.Check(graph));
        StringAssert.Contains(error.Message, "bytes of weights", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow(11, "Features", "Score", "Index")]
    [DataRow(18, "Features", "Score", "Index")]
    [DataRow(17, "Features", "Same", "Same")]
    [DataRow(17, "Score", "Score", "Index")]
    [DataRow(17, "", "Score", "Index")]
    public void Export_OptionsThatDoNotFit_Throws(int opset, string input, string score, string index)
    {
        using var network = SampleNetworks.Create(NetworkKind.Linear);
        var options = new OnnxExportOptions { Opset = opset, InputName = input, ScoreName = score, PredictedIndexName = index };
        Assert.Throws<ArgumentException>(() => OnnxNetworkExporter.Export(network, options));
    }

    private sealed record NegateOperation : LayerOperation
    {
        public override IReadOnlyList<long> InferShape(IReadOnlyList<IReadOnlyList<long>> inputs) => inputs[0];

        internal override Tensor Forward(IReadOnlyList<Tensor> inputs, ReadOnlySpan<Tensor> parameters, ForwardMode mode) => inputs[0].neg();
    }
}
