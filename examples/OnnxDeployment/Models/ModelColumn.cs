using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace OnnxDeployment.Models;

/// <summary>An input or output of a model: one value or vector a row.</summary>
/// <param name="Name">Name of the column in the ML.NET pipeline.</param>
/// <param name="Type">Type of the elements.</param>
/// <param name="Width">Number of elements a row.</param>
/// <param name="IsScalar">Whether the tensor is [rows] rather than [rows, width].</param>
internal sealed record ModelColumn(string Name, TensorElementType Type, int Width, bool IsScalar)
{
    /// <summary>Shape of the tensor for so many rows.</summary>
    public long[] Shape(int rows) => IsScalar ? [rows] : [rows, Width];

    /// <summary>The columns of a model in order of their names, so that models can be compared.</summary>
    /// <exception cref="NotSupportedException">A column is not of shape [rows] or [rows, width].</exception>
    public static IReadOnlyList<ModelColumn> Of(IReadOnlyDictionary<string, NodeMetadata> nodes) =>
        [.. nodes.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => Of(node.Key, node.Value))];

    private static ModelColumn Of(string name, NodeMetadata node) =>
        node.IsTensor && node.Dimensions is [-1] or [-1, > 0]
            ? new ModelColumn(name, node.ElementDataType, node.Dimensions is [_, var width] ? width : 1, node.Dimensions.Length == 1)
            : throw new NotSupportedException($"'{name}' must be a tensor of shape [rows] or [rows, width] with any number of rows; it has shape [{string.Join(", ", node.IsTensor ? node.Dimensions : [])}].");

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type} x {Width}";
}
