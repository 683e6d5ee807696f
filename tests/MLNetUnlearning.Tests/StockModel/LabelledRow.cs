using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.StockModel;

/// <summary>Features and a label of some type.</summary>
public sealed class LabelledRow<T>
{
    [VectorType(12)]
    public float[] Features { get; set; } = [];

    public T Label { get; set; } = default!;
}
