using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Translates column types.</summary>
/// <param name="Type">Type of the elements in ONNX.</param>
/// <param name="Item">Type of the elements in .NET.</param>
/// <param name="Width">Number of slots; 1 for a scalar column.</param>
internal sealed record ColumnShape(TensorProto.Types.DataType Type, Type Item, int Width)
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
    };

    /// <summary>The ONNX type of a number or Boolean.</summary>
    public static TensorProto.Types.DataType TypeOf(Type item) => Types[item];

    /// <summary>The shape of a column.</summary>
    /// <exception cref="UnsupportedOnnxExportException">The column is neither a number nor a vector of numbers of known size.</exception>
    public static ColumnShape Of(DataViewSchema.Column column)
    {
        var item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        int width = (column.Type as VectorDataViewType)?.Size ?? 1;
        return item is NumberDataViewType or BooleanDataViewType && width > 0
            ? new ColumnShape(Types[item.RawType], item.RawType, width)
            : throw new UnsupportedOnnxExportException(
                column.Name,
                column.Type.RawType.Name,
                $"Column '{column.Name}' is {column.Type}; the features that are exported must come from numbers, Booleans, or vectors of them of known size.");
    }
}
