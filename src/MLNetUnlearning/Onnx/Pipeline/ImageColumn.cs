using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Columns of pictures: inputs [batch, height, width, 4] of bytes red, green, blue, alpha.</summary>
/// <remarks>Methods other than <see cref="IsImage"/> load Microsoft.ML.ImageAnalytics, which is there where there are pictures.</remarks>
internal static class ImageColumn
{
    /// <summary>Bytes of a pixel.</summary>
    public const int Channels = 4;

    /// <summary>Whether a type is one of pictures.</summary>
    public static bool IsImage(DataViewType type) => type.RawType.FullName == "Microsoft.ML.Data.MLImage";

    /// <summary>Whether a column of pictures declares their size.</summary>
    public static bool HasSize(DataViewSchema.Column column) => (ImageDataViewType)column.Type is { Height: > 0, Width: > 0 };

    /// <summary>Height and width.</summary>
    /// <exception cref="UnsupportedOnnxExportException">The column declares none.</exception>
    public static (int Height, int Width) SizeOf(DataViewSchema.Column column)
    {
        var type = (ImageDataViewType)column.Type;
        return HasSize(column) ? (type.Height, type.Width) : throw new UnsupportedOnnxExportException(
            column.Name,
            column.Type.ToString()!,
            $"Column '{column.Name}' holds pictures of any size, which cannot be written as ONNX: give it a fixed size (ImageType(height, width), or ResizeImages before it).");
    }

    /// <summary>Declares a column as an input of a graph.</summary>
    /// <returns>The pictures, [batch, height x width x 4].</returns>
    public static OnnxColumn AddInput(OnnxGraphBuilder builder, DataViewSchema.Column column)
    {
        var (height, width) = SizeOf(column);
        string value = builder.AddInput(column.Name, TensorProto.Types.DataType.Uint8, height, width, Channels);
        int size = checked(height * width * Channels);
        string shape = builder.AddConstant<long>("size", TensorProto.Types.DataType.Int64, [0, size], 2);
        return new OnnxColumn(builder.AddNode("Reshape", $"{column.Name}.bytes", [value, shape]), TensorProto.Types.DataType.Uint8, size);
    }
}
