using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Steps;

/// <summary>What a converter works with.</summary>
/// <param name="Builder">The graph.</param>
/// <param name="Made">The column to write.</param>
/// <param name="Resolve">Writes a column as it is before the step and returns it.</param>
internal sealed record StepContext(OnnxGraphBuilder Builder, MadeColumn Made, Func<string, OnnxColumn> Resolve)
{
    /// <summary>Name of the column; nodes are called after it.</summary>
    public string Name => Made.Name;

    /// <summary>Writes the one column that this one is made of.</summary>
    public OnnxColumn OnlySource() => Resolve(Made.OnlySource.Name);

    /// <summary>A column of the type and width that ML.NET gives it.</summary>
    public OnnxColumn Column(string value) => new(value, Made.Shape.GraphType, Made.Shape.Width);

    /// <summary>Appends a node called after the column.</summary>
    public string Node(string operation, string suffix, IReadOnlyList<string> inputs, params IEnumerable<AttributeProto> attributes) =>
        Builder.AddNode(operation, $"{Name}.{suffix}", inputs, attributes);

    /// <summary>Appends numbers called after the column.</summary>
    public string Constant<T>(string suffix, ReadOnlySpan<T> values, params ReadOnlySpan<long> shape) where T : unmanaged =>
        Builder.AddConstant($"{Name}.{suffix}", ColumnShape.TypeOf(typeof(T)), values, shape);

    /// <summary>Appends a node that converts a value.</summary>
    public string Cast(string value, TensorProto.Types.DataType type) => Node("Cast", "cast", [value], OnnxAttribute.Int("to", (long)type));

    /// <summary>Appends a node that gives a value another shape; 0 stands for the batch axis.</summary>
    public string Reshape(string value, params ReadOnlySpan<long> shape) => Node("Reshape", "shaped", [value, Constant("shape", shape, shape.Length)]);

    /// <summary>Appends a Boolean that tells where a value is not a number.</summary>
    /// <remarks>Older operator sets know the operator for float32 only; a double that is no number stays none when it is narrowed.</remarks>
    public string IsNaN(OnnxColumn column) =>
        Node("IsNaN", "missing", [column.Type == TensorProto.Types.DataType.Float ? column.Value : Cast(column.Value, TensorProto.Types.DataType.Float)]);
}
