using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>Merges graphs in the form of ML.NET's converter: outputs called X.output for every column, inputs like the columns, more of both than the features need.</summary>
[TestClass]
public sealed class PreprocessingConverterTests
{
    [TestMethod]
    [DataRow(9)]
    [DataRow(12)]
    [DataRow(13)]
    [DataRow(15)]
    public void Export_GraphOfAnyOpset_IsMergedAtThatOpset(int opset)
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(Preparation);
        var report = model.Export(folder.File("model.onnx"), new OnnxExportOptions { PreprocessingConverter = (steps, rows, stream) => stream.Write(Write(steps, rows, opset).ToByteArray()) });
        Assert.AreEqual(256, report.RowsChecked);
        Assert.IsLessThanOrEqualTo(1e-5, report.MaxAbsDifference);

        var file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(report.File));
        Assert.AreEqual(opset, file.OpsetImport.Single(set => set.Domain.Length == 0).Version);
        Assert.AreEqual(2, file.OpsetImport.Single(set => set.Domain == "ai.onnx.ml").Version);
        CollectionAssert.AreEquivalent(new[] { "Age", "City", "Visits" }, file.Graph.Input.Select(input => input.Name).ToArray());
    }

    [TestMethod]
    public void Export_NamesOfBothHalves_DoNotMeet()
    {
        // The names that the network's half gives to values and outputs of its own.
        string[] taken = ["Score", "probabilities", "index", "PredictedLabel", "labels", "label"];
        CheckMerges(file =>
        {
            var nodes = file.Graph.Node.Where(node => node.OpType != "Identity").ToArray();
            for (int i = 0; i < taken.Length; i++)
            {
                Rename(file.Graph, nodes[i].Output[0], taken[i]);
            }
        });
    }

    [TestMethod]
    public void Export_OutputWithoutSuffix_IsFound() => CheckMerges(file =>
    {
        string old = "Features.output";
        Rename(file.Graph, old, "Features");
        file.Graph.Output.Single(output => output.Name == old).Name = "Features";
    });

    [TestMethod]
    public void Export_GraphThatDiffers_NamesTheConverter()
    {
        var error = Fails<OnnxParityException>(file => Spoil(file.Graph));
        Assert.AreEqual("PreprocessingConverter", error.Step);
        Assert.AreEqual("Features", error.Column);
    }

    [TestMethod]
    public void Export_GraphThatCannotBeMerged_SaysWhy()
    {
        Check(file => file.OpsetImport.Single(set => set.Domain.Length == 0).Version = 8, "operator set 8");
        Check(file => file.OpsetImport.Single(set => set.Domain.Length == 0).Version = 18, "operator set 18");
        Check(file => file.OpsetImport.Clear(), "operator set 0");
        Check(file => file.Graph = null, "no graph");
        Check(file => file.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" }), "other files");
        Check(file => file.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "body", G = new GraphProto() }), "branches");
        Check(file => file.Functions.Add(ByteString.CopyFromUtf8("f")), "functions");
        Check(file => file.Graph.Output.Single(output => output.Name == "Features.output").Name = "Other", "no output 'Features.output'");
        Check(file => file.Graph.Output.Single(output => output.Name == "Features.output").Type.TensorType.ElemType = TensorProto.Types.DataType.Double, "as Double");
        Check(file => RenameInput(file.Graph, "Age", "Height"), "'Height', which is not a column");
        Check(file => file.Graph.Input.Single(input => input.Name == "Age").Type.TensorType.ElemType = TensorProto.Types.DataType.Int64, "'Age' as Int64");
        Check(file => file.Graph.Node.Clear(), "nothing makes");
        Check(file => file.Graph.Node.RemoveAt(0), "before anything makes it");

        static void Check(Action<ModelProto> change, string reason) => StringAssert.Contains(Fails<UnsupportedOnnxExportException>(change).Message, reason, StringComparison.Ordinal);
    }

    [TestMethod]
    public void Read_BytesThatAreNoModel_SaysSo() =>
        StringAssert.Contains(Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => ImportedModel.Read([255, 255, 1])).Message, "no ONNX model", StringComparison.Ordinal);

    [TestMethod]
    public void RequireDomain_TwoVersions_Throws()
    {
        var builder = new OnnxGraphBuilder("graph", 15, []);
        builder.RequireDomain("ai.onnx.ml", 1);
        builder.RequireDomain("ai.onnx.ml", 1);
        StringAssert.Contains(Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => builder.RequireDomain("ai.onnx.ml", 2)).Message, "versions 1 and 2", StringComparison.Ordinal);
    }

#if USE_ONNX_CONVERTER
    [TestMethod]
    [DataRow(9)]
    [DataRow(11)]
    [DataRow(12)]
    public void Export_GraphOfMLNet_IsMerged(int opset)
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.Categorical.OneHotEncoding("City")
            .Append(transforms.ReplaceMissingValues("Visits"))
            .Append(transforms.NormalizeMinMax("Age", fixZero: false))
            .Append(transforms.Concatenate("Features", "Visits", "City", "Age")));
        var report = model.Export(
            folder.File("model.onnx"), new OnnxExportOptions { PreprocessingConverter = (steps, rows, stream) => model.Ml.Model.ConvertToOnnx(steps, rows, opset, stream) });
        Assert.AreEqual(256, report.RowsChecked);
        Assert.AreEqual(0, report.LabelsDiffering);
    }
#endif

    private static EstimatorChain<ColumnConcatenatingTransformer> Preparation(TransformsCatalog transforms) => transforms.Categorical.OneHotEncoding("City")
        .Append(transforms.NormalizeMinMax("Age", fixZero: false))
        .Append(transforms.NormalizeBinning("Visits"))
        .Append(transforms.Concatenate("Features", "Visits", "City", "Age"));

    // What ML.NET's converter writes: every column that has an ONNX form, whether the features need it or not.
    private static ModelProto Write(ITransformer steps, IDataView rows, int opset)
    {
        static IEnumerable<ITransformer> Flatten(ITransformer step) => step is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [step];
        var opened = OpenedSteps.Open([.. Flatten(steps)], rows.Schema);
        var schemas = OpenedSteps.Schemas(opened, rows.Schema);
        string[] columns = [.. schemas[^1].Where(column => !column.IsHidden).Select(column => column.Name)];
        var builder = new OnnxGraphBuilder("converter", opset, columns.Select(column => $"{column}.output"));
        var walk = new PipelineWalk(builder, opened, schemas, StepConverters.Default);
        foreach (string column in columns)
        {
            var value = walk.Resolve(column);
            builder.AddOutput($"{column}.output", value.Value, value.Type, value.Width);
        }

        return ModelProto.Parser.ParseFrom(builder.ToBytes("in the form of ML.NET's converter"));
    }

    private static void CheckMerges(Action<ModelProto> change)
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(Preparation);
        Assert.AreEqual(0, model.Export(folder.File("model.onnx"), Changed(change)).LabelsDiffering);
    }

    private static TError Fails<TError>(Action<ModelProto> change) where TError : Exception
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(Preparation);
        var error = Assert.ThrowsExactly<TError>(() => model.Export(folder.File("model.onnx"), Changed(change)));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
        return error;
    }

    private static OnnxExportOptions Changed(Action<ModelProto> change) => new()
    {
        PreprocessingConverter = (steps, rows, stream) =>
        {
            var file = Write(steps, rows, 12);
            change(file);
            file.WriteTo(stream);
        },
    };

    private static void Spoil(GraphProto graph)
    {
        var concatenation = graph.Node.Last(node => node.OpType == "Concat");
        (concatenation.Input[0], concatenation.Input[1]) = (concatenation.Input[1], concatenation.Input[0]);
    }

    private static void RenameInput(GraphProto graph, string old, string name)
    {
        graph.Input.Single(input => input.Name == old).Name = name;
        Rename(graph, old, name);
    }

    private static void Rename(GraphProto graph, string old, string name)
    {
        foreach (var node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == old ? name : node.Input[i];
            }

            for (int i = 0; i < node.Output.Count; i++)
            {
                node.Output[i] = node.Output[i] == old ? name : node.Output[i];
            }
        }
    }
}
