using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Translates column types.</summary>
/// <param name="Type">Type of the elements in ONNX.</param>
/// <param name="Item">Type of the elements in .NET.</param>
/// <param name="Width">Number of slots; 1 for a scalar column.</param>
/// <param name="KeyCount">Number of keys of a key column; 0 for any other column.</param>
internal sealed record ColumnShape(TensorProto.Types.DataType Type, Type Item, int Width, ulong KeyCount)
{
    private static readonly Dictionary<Type, TensorProto.Types.DataType> Types = new()
    {
        [typeof(float)] = TensorProto.Types.DataType.Float,
        [typeof(double)] = TensorProto.Types.DataType.Double,
        [typeof(bool)] = TensorProto.Types.DataType.Bool,
        [typeof(sbyte)] = TensorProto.Types.DataType.Int8,
        [typeof(byte)] = TensorProto.Types.DataType.Uint8,
        [typeof(short)] = TensorProto.Types.DataType.Int16,
        [typeof(ushort)] = TensorProto.Types.DataType.Uint16,
        [typeof(int)] = TensorProto.Types.DataType.Int32,
        [typeof(uint)] = TensorProto.Types.DataType.Uint32,
        [typeof(long)] = TensorProto.Types.DataType.Int64,
        [typeof(ulong)] = TensorProto.Types.DataType.Uint64,
        [typeof(ReadOnlyMemory<char>)] = TensorProto.Types.DataType.String,
    };

    /// <summary>Whether the column holds keys.</summary>
    public bool IsKey => KeyCount > 0;

    /// <summary>Whether the column holds text.</summary>
    public bool IsText => Item == typeof(ReadOnlyMemory<char>);

    /// <summary>Type of the elements within the graph, where keys are 64-bit integers: few operators take the unsigned types that ML.NET gives them.</summary>
    public TensorProto.Types.DataType GraphType => IsKey ? TensorProto.Types.DataType.Int64 : Type;

    /// <summary>The ONNX type of text, a number or a Boolean.</summary>
    public static TensorProto.Types.DataType TypeOf(Type item) => Types[item];

    /// <summary>The shape of a column.</summary>
    /// <exception cref="UnsupportedOnnxExportException">The column holds something else than text, numbers, Booleans or keys, or a vector without a fixed size.</exception>
    public static ColumnShape Of(DataViewSchema.Column column)
    {
        var item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        int width = (column.Type as VectorDataViewType)?.Size ?? 1;
        if (width == 0)
        {
            throw Unsupported(column, "its vectors have no fixed size; give the column a fixed size ([VectorType(n)], or a SchemaDefinition) before it is trained on");
        }

        return item is NumberDataViewType or BooleanDataViewType or TextDataViewType or KeyDataViewType
            ? new ColumnShape(Types[item.RawType], item.RawType, width, (item as KeyDataViewType)?.Count ?? 0)
            : throw Unsupported(column, "the graph's columns are text, numbers, Booleans, keys, or vectors of them");
    }

    private static UnsupportedOnnxExportException Unsupported(DataViewSchema.Column column, string reason) =>
        new(column.Name, column.Type.RawType.Name, $"Column '{column.Name}' is {column.Type}, which cannot be written as ONNX: {reason}.");
}
