using System.Runtime.InteropServices;
using Google.Protobuf;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Gives the inputs and outputs of an ONNX model other names and shapes. What is unknown here of the file stays as it is.</summary>
internal sealed class OnnxRewrite
{
    /// <summary>The oldest default operator set whose Reshape and Cast this writes.</summary>
    private const int OldestOpset = 6;
    private readonly ModelProto model;
    private readonly List<NodeProto> first = [];
    private readonly List<ValueInfoProto> outputs = [];

    /// <param name="file">Content of the file.</param>
    /// <exception cref="NotSupportedException">The operator set is too old.</exception>
    public OnnxRewrite(byte[] file)
    {
        model = ModelProto.Parser.ParseFrom(file);
        var opset = model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx");
        if (opset is null)
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxExportOptions.MinimumOpset });
        }
        else if (opset.Version < OldestOpset)
        {
            throw new NotSupportedException($"The ONNX model uses operator set {opset.Version}; to be saved it needs {OldestOpset} or a newer one. Convert it (onnx.version_converter) first.");
        }
    }

    /// <summary>Gives an input another name and the shape [batch, values of a row], as ML.NET feeds scalars and vectors alike, for graphs that score one row at a time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="newName">Its new name.</param>
    /// <param name="shape">Shape of one row for the rest of the graph, the batch axis included.</param>
    public void AddRowInput(string name, string newName, IReadOnlyList<long> shape)
    {
        var input = model.Graph.Input.Single(input => input.Name == name);
        input.Name = newName;
        input.Type.TensorType.Shape = new TensorShapeProto
        {
            Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" }, new TensorShapeProto.Types.Dimension { DimValue = shape.Aggregate(1L, (product, length) => product * length) } },
        };
        first.Add(Node("Reshape", [newName, AddShape(newName, shape)], name));
    }

    /// <summary>Makes an output of [1, ...] one of another name and shape, [shape], for graphs that score one row at a time.</summary>
    public void AddRowOutput(string name, string newName, TensorProto.Types.DataType type, IReadOnlyList<long> shape)
    {
        string shapeName = AddShape(newName, shape);
        string cast = $"{newName}.cast";
        var castNode = Node("Cast", [name], cast);
        castNode.Attribute.Add(OnnxAttribute.Int("to", (long)type));
        bool isText = type == TensorProto.Types.DataType.String;
        if (!isText)
        {
            model.Graph.Node.Add(castNode);
        }

        model.Graph.Node.Add(Node("Reshape", [isText ? name : cast, shapeName], newName));
        var description = new TensorShapeProto { Dim = { shape.Select(length => new TensorShapeProto.Types.Dimension { DimValue = length }) } };
        outputs.Add(new ValueInfoProto { Name = newName, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = description } } });
    }

    /// <summary>The new file; it has the outputs that were added, and no other.</summary>
    public byte[] ToBytes()
    {
        // Nodes must follow what they read.
        var nodes = model.Graph.Node.ToArray();
        model.Graph.Node.Clear();
        model.Graph.Node.Add(first.Concat(nodes));
        model.Graph.Output.Clear();
        model.Graph.Output.Add(outputs);
        return model.ToByteArray();
    }

    private string AddShape(string of, IReadOnlyList<long> shape)
    {
        string name = $"{of}.shape";
        model.Graph.Initializer.Add(new TensorProto
        {
            Name = name,
            DataType = TensorProto.Types.DataType.Int64,
            Dims = { shape.Count },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(shape.ToArray())),
        });
        return name;
    }

    private static NodeProto Node(string operation, IEnumerable<string> inputs, string output) => new() { OpType = operation, Name = output, Input = { inputs }, Output = { output } };
}
