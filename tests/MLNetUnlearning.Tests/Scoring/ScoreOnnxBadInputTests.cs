using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Proto;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Tests.Onnx;
using DataType = MLNetUnlearning.Onnx.Proto.TensorProto.Types.DataType;

namespace MLNetUnlearning.Tests.Scoring;

[TestClass]
public sealed class ScoreOnnxBadInputTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void ScoreOnnx_MissingFile_Throws() => StringAssert.Contains(Assert.ThrowsExactly<FileNotFoundException>(() => Ml.Transforms.ScoreOnnx("/nowhere/model.onnx")).Message, "/nowhere/model.onnx");

    [TestMethod]
    public void ScoreOnnx_NeitherFileNorBytes_Throws() => Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.ScoreOnnx(new OnnxScoringOptions()));

    [TestMethod]
    [DataRow("not a model")]
    [DataRow("")]
    public void ScoreOnnx_NoModel_Throws(string content) => Assert.ThrowsExactly<InvalidDataException>(() => Create(System.Text.Encoding.UTF8.GetBytes(content)));

    [TestMethod]
    public void ScoreOnnx_TruncatedModel_Throws()
    {
        byte[] whole = OnnxModels.SumAndDouble();
        for (int length = 1; length < whole.Length; length += 11)
        {
            byte[] part = whole[..length];
            Assert.ThrowsExactly<InvalidDataException>(() => Create(part), $"{length} bytes");
        }
    }

    [TestMethod]
    public void ScoreOnnx_FileOfMoreThanTwoGigabytes_IsRefusedUnread()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("large.onnx");
        using (var file = File.Create(path))
        {
            // A hole: no disk is used.
            file.SetLength((1L << 31) + 1);
        }

        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Ml.Transforms.ScoreOnnx(path)).Message, "2 GB");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void ScoreOnnx_ExternalData_IsRefused(bool inAttribute)
    {
        // TensorProto.data_location = EXTERNAL.
        byte[] external = [14 << 3, 1];
        byte[] model = OnnxModels.Changed(OnnxModels.SumAndDouble(), parsed =>
        {
            var tensor = new TensorProto { Name = "far", DataType = DataType.Float, Dims = { 1 } };
            tensor.MergeFrom(external);
            if (inAttribute)
            {
                parsed.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.Kind.Tensor, T = tensor });
            }
            else
            {
                parsed.Graph.Initializer.Add(tensor);
            }
        });
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Create(model)).Message, "external data");
    }

    [TestMethod]
    public void ScoreOnnx_UnknownNames_ListTheModels()
    {
        var options = SumRow.Options();
        options.Inputs = [new OnnxInput("y", "Values")];
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.ScoreOnnx(options)).Message, "no input 'y'. It has x, bias");
        options = SumRow.Options();
        options.Outputs = [new OnnxOutput("nothing", "Values")];
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.ScoreOnnx(options)).Message, "no output 'nothing'. It has sum, positive, doubled");
        options.Outputs = [new OnnxOutput("sum", "A"), new OnnxOutput("doubled", "A")];
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.ScoreOnnx(options)).Message, "'A' is named twice");
    }

    [TestMethod]
    [DataRow(new long[] { 0, 0 }, "axis 1")]
    [DataRow(new long[] { 0, 3, 0 }, "axis 2")]
    public void ScoreOnnx_DynamicAxisBeyondTheFirst_IsRefused(long[] shape, string named) =>
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Create(OnnxModels.WithShape(Copy(), shape))).Message, named);

    [TestMethod]
    public void ScoreOnnx_InputWithoutAxes_IsRefused() =>
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Create(OnnxModels.WithShape(Copy()))).Message, "batch axis");

    [TestMethod]
    public void ScoreOnnx_HalfPrecision_IsRefused()
    {
        const int Float16 = 10;
        byte[] model = OnnxModels.Changed(Copy(), parsed =>
        {
            foreach (var value in parsed.Graph.Input.Concat(parsed.Graph.Output))
            {
                value.Type.TensorType.ElemType = (DataType)Float16;
            }
        });
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Create(model)).Message, "Float16");
    }

    [TestMethod]
    public void ScoreOnnx_SequenceOutput_IsRefusedUnlessAnotherIsNamed()
    {
        // TypeProto.sequence_type { elem_type { tensor_type { elem_type: FLOAT } } }, and a node that makes one.
        byte[] sequence = [4 << 3 | 2, 6, 1 << 3 | 2, 4, 1 << 3 | 2, 2, 1 << 3, 1];
        byte[] model = OnnxModels.Changed(Copy(), parsed =>
        {
            var node = new NodeProto { OpType = "SequenceConstruct", Name = "sequence", Input = { "Values" }, Output = { "list" } };
            parsed.Graph.Node.Add(node);
            parsed.Graph.Output.Add(new ValueInfoProto { Name = "list", Type = TypeProto.Parser.ParseFrom(sequence) });
        });
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Create(model)).Message, "'list'");
        var chosen = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = model, Outputs = [new OnnxOutput("Copied", "Copied")] });
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(4));
        using var fitted = chosen.Fit(data);
        Assert.HasCount(4, fitted.Transform(data).GetColumn<float[]>("Copied").ToArray());
    }

    [TestMethod]
    public void Fit_MissingColumn_NamesItAndTheInput()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(2));
        var step = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.SumAndDouble() });
        string message = Assert.ThrowsExactly<ArgumentException>(() => step.Fit(data)).Message;
        StringAssert.Contains(message, "'x'");
        Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.CopyColumns("Other", "Values").Append(step).Fit(data)).Message);
    }

    [TestMethod]
    [DataRow("Id")]
    [DataRow("Group")]
    [DataRow("Offset")]
    public void Fit_ColumnThatDoesNotFit_NamesBothTypes(string column)
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(2));
        var options = SumRow.Options();
        options.Inputs = [new OnnxInput("x", column), new OnnxInput("bias", "Offset")];
        var step = Ml.Transforms.ScoreOnnx(options);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => step.Fit(data)).Message, $"'{column}'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Transforms.CopyColumns("Other", "Values").Append(step).Fit(data)).Message, $"'{column}'");
    }

    [TestMethod]
    public void ScoreOnnx_BadOptions_AreRefused()
    {
        foreach (var scoring in new ScoringOptions[] { new() { BatchSize = 0 }, new() { IntraOpThreads = -1 }, new() { DeviceId = -1 }, new() { Provider = (ScoringProvider)9 } })
        {
            var options = SumRow.Options();
            options.Scoring = scoring;
            Assert.Throws<ArgumentException>(() => Ml.Transforms.ScoreOnnx(options));
        }
    }

    private static OnnxScoringEstimator Create(byte[] model) => Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = model });

    private static byte[] Copy() => OnnxModels.Copies(("Values", "Copied", DataType.Float, [3]));
}
