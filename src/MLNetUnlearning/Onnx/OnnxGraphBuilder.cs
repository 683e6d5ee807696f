using System.Runtime.InteropServices;
using Google.Protobuf;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Puts an ONNX graph together, node by node, and writes it as one file without external data.</summary>
/// <remarks>Inputs and outputs keep their names; everything between them gets a name of its own, so a column may be called like a layer.</remarks>
internal sealed class OnnxGraphBuilder
{
    private const string BatchAxis = "batch";
    private const string MachineLearningDomain = "ai.onnx.ml";
    private const long MachineLearningVersion = 2;
    private readonly GraphProto graph;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> domains = new(StringComparer.Ordinal);
    private readonly List<string> reserved;
    private long weightBytes;

    /// <param name="name">Name of the graph.</param>
    /// <param name="opset">Version of the default operator set.</param>
    /// <param name="outputNames">Names that outputs will have; nothing else may take them.</param>
    /// <exception cref="ArgumentException">Two outputs have one name.</exception>
    public OnnxGraphBuilder(string name, int opset, IEnumerable<string> outputNames)
    {
        graph = new GraphProto { Name = name };
        Opset = opset;
        reserved = [.. outputNames];
        names.UnionWith(reserved);
        if (names.Count < reserved.Count)
        {
            throw new ArgumentException($"Outputs of the ONNX graph have one name: {string.Join(", ", reserved)}. Give one of them another name.");
        }
    }

    /// <summary>Version of the default operator set.</summary>
    public int Opset { get; }

    /// <summary>Declares a graph input [batch, ...].</summary>
    /// <exception cref="ArgumentException">An output or another input has the name.</exception>
    public string AddInput(string name, TensorProto.Types.DataType type, params ReadOnlySpan<long> shape)
    {
        if (!names.Add(name))
        {
            throw new ArgumentException($"'{name}' names more than one input or output of the ONNX graph. Give one of them another name.");
        }

        graph.Input.Add(Describe(name, type, shape));
        return name;
    }

    /// <summary>Declares a value as graph output [batch, ...] under one of the names reserved for outputs.</summary>
    public void AddOutput(string name, string value, TensorProto.Types.DataType type, params ReadOnlySpan<long> shape) =>
        AddOutput(name, value, Describe(name, type, shape));

    /// <summary>Declares a vector without batch axis as graph output, for graphs that score one row at a time.</summary>
    public void AddRowOutput(string name, string value, TensorProto.Types.DataType type, long size)
    {
        var description = Describe(name, type, []);
        description.Type.TensorType.Shape.Dim[0].DimValue = size;
        AddOutput(name, value, description);
    }

    /// <summary>Stores numbers in the file and returns their name. The size of <typeparamref name="T"/> must be that of <paramref name="type"/>.</summary>
    public string AddConstant<T>(string hint, TensorProto.Types.DataType type, ReadOnlySpan<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        Count(bytes.Length);
        return Add(new TensorProto { DataType = type, RawData = ByteString.CopyFrom(bytes) }, hint, shape);
    }

    /// <summary>Stores texts in the file and returns their name.</summary>
    public string AddConstant(string hint, IReadOnlyCollection<string> values)
    {
        var tensor = new TensorProto { DataType = TensorProto.Types.DataType.String };
        tensor.StringData.Add(values.Select(ByteString.CopyFromUtf8));
        Count(tensor.CalculateSize());
        return Add(tensor, hint, [values.Count]);
    }

    /// <summary>Appends a node of the default operator set with one output and returns the output's name.</summary>
    public string AddNode(string operation, string hint, IReadOnlyList<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        AddNode(operation, "", hint, inputs, attributes);

    /// <summary>Appends a node of the operator set for classical machine learning with one output and returns the output's name.</summary>
    public string AddMlNode(string operation, string hint, IReadOnlyList<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        AddNode(operation, MachineLearningDomain, hint, inputs, attributes);

    /// <summary>Appends a sum along an axis, which goes away. Its axes moved from an attribute to an input with operator set 13.</summary>
    public string AddReduceSum(string hint, string value, long axis) => Opset < 13
        ? AddNode("ReduceSum", hint, [value], OnnxAttribute.Ints("axes", axis), OnnxAttribute.Int("keepdims", 0))
        : AddNode("ReduceSum", hint, [value, AddConstant<long>("axes", TensorProto.Types.DataType.Int64, [axis], 1)], OnnxAttribute.Int("keepdims", 0));

    /// <summary>Takes over a value from another file under a name of its own, and returns that name.</summary>
    /// <param name="tensor">The value; changed.</param>
    public string Import(TensorProto tensor)
    {
        Count(tensor.CalculateSize());
        tensor.Name = Unique(tensor.Name);
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Takes over a node from another file, giving its outputs names of their own.</summary>
    /// <param name="node">The node; changed. Its inputs must be names of this graph already.</param>
    public void Import(NodeProto node)
    {
        for (int i = 0; i < node.Output.Count; i++)
        {
            node.Output[i] = node.Output[i].Length == 0 ? "" : Unique(node.Output[i]);
        }

        Count(node.CalculateSize());
        node.Name = node.Output.FirstOrDefault(name => name.Length > 0) ?? Unique(node.OpType);
        graph.Node.Add(node);
    }

    /// <summary>Declares which version of an operator set other than the default one the nodes need.</summary>
    /// <exception cref="UnsupportedOnnxExportException">Another version is needed already.</exception>
    public void RequireDomain(string domain, long version)
    {
        if (domains.TryAdd(domain, version) || domains[domain] == version)
        {
            return;
        }

        throw new UnsupportedOnnxExportException(
            $"The model needs the operator set '{domain}' in versions {domains[domain]} and {version}, and one file holds one. Write the preprocessing with version {MachineLearningVersion}.");
    }

    /// <summary>
    /// Names the elements of an output, where ML.NET looks for slot names: in a node of a fixed name that nothing reads.
    /// </summary>
    public void AddSlotNames(string output, IReadOnlyCollection<string> slotNames)
    {
        string unread = AddConstant("slots", [""]);
        AddMlNode(
            "LabelEncoder",
            $"mlnet.{output}.SlotNames",
            [unread],
            [OnnxAttribute.Strings("keys_strings", slotNames), OnnxAttribute.Ints("values_int64s", [.. Enumerable.Range(0, slotNames.Count).Select(i => (long)i)])]);
    }

    /// <summary>The file's content.</summary>
    /// <param name="description">Text for the model's documentation.</param>
    public byte[] ToBytes(string description)
    {
        if (reserved.Count > 0)
        {
            throw new InvalidOperationException($"The graph lacks its output '{reserved[0]}'.");
        }

        var model = new ModelProto
        {
            // Operator sets 15 and later came with version 8 of the file format; runtimes that stop earlier refuse a newer version.
            IrVersion = Opset >= 15 ? 8 : 7,
            ProducerName = "MLNetUnlearning",
            ProducerVersion = typeof(OnnxGraphBuilder).Assembly.GetName().Version?.ToString(3) ?? "",
            DocString = description,
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        model.OpsetImport.Add(domains.Select(domain => new OperatorSetIdProto { Domain = domain.Key, Version = domain.Value }));
        return model.ToByteArray();
    }

    private string AddNode(string operation, string domain, string hint, IReadOnlyList<string> inputs, IEnumerable<AttributeProto> attributes)
    {
        string output = Unique(hint);
        var node = new NodeProto { OpType = operation, Domain = domain, Name = output };
        node.Input.Add(inputs);
        node.Output.Add(output);
        node.Attribute.Add(attributes);
        Count(node.CalculateSize());
        graph.Node.Add(node);
        if (domain.Length > 0)
        {
            RequireDomain(domain, MachineLearningVersion);
        }

        return output;
    }

    private void Count(int bytes)
    {
        weightBytes = checked(weightBytes + bytes);
        OnnxSizeLimit.Check(weightBytes);
    }

    private void AddOutput(string name, string value, ValueInfoProto description)
    {
        if (!reserved.Remove(name))
        {
            throw new ArgumentException($"'{name}' is not the name of an output that is still to come.", nameof(name));
        }

        var node = new NodeProto { OpType = "Identity", Name = name };
        node.Input.Add(value);
        node.Output.Add(name);
        graph.Node.Add(node);
        graph.Output.Add(description);
    }

    private static ValueInfoProto Describe(string name, TensorProto.Types.DataType type, ReadOnlySpan<long> shape)
    {
        var dimensions = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = BatchAxis } } };
        foreach (long size in shape)
        {
            dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = dimensions } } };
    }

    private string Add(TensorProto tensor, string hint, ReadOnlySpan<long> shape)
    {
        tensor.Name = Unique(hint);
        tensor.Dims.Add(shape.ToArray());
        graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private string Unique(string hint)
    {
        string name = hint;
        for (int i = 2; !names.Add(name); i++)
        {
            name = $"{hint}_{i}";
        }

        return name;
    }
}
