using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>An input or output of an ONNX model, row by row.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Item">Type of an element.</param>
/// <param name="RowShape">Lengths of the axes of one row, the batch axis left out.</param>
/// <param name="HasBatchAxis">Whether a first axis runs over rows; without it the model takes one row at a time.</param>
internal sealed record OnnxTensor(string Name, PrimitiveDataViewType Item, IReadOnlyList<int> RowShape, bool HasBatchAxis)
{
    /// <summary>Elements of a row.</summary>
    public int Width { get; } = RowShape.Aggregate(1, (product, length) => checked(product * length));

    /// <summary>True for one value a row: [batch] or [batch, 1].</summary>
    public bool IsScalar => Width == 1 && RowShape.Count <= 1;

    /// <summary>Shape of a number of rows.</summary>
    public long[] Shape(int rows) => [.. HasBatchAxis ? [rows] : Array.Empty<long>(), .. RowShape.Select(length => (long)length)];

    /// <summary>Type of a column of such rows.</summary>
    /// <param name="asVector">Whether one value a row makes a vector of one slot.</param>
    public DataViewType ColumnType(bool asVector) => IsScalar && !asVector ? Item : new VectorDataViewType(Item, RowShape.DefaultIfEmpty(1).ToArray());

    /// <summary>The contents in words, for messages.</summary>
    public string Describe() => IsScalar ? $"one {Item}" : $"{Width} values of {Item}";
}
