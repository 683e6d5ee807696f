using Microsoft.ML.Data;

namespace MLNetUnlearning.MSTest.Tests;

/// <summary>One handwritten digit.</summary>
internal sealed class DigitRow
{
    public long RowId { get; set; }

    [VectorType(64)]
    public float[] Features { get; set; } = [];

    public string Digit { get; set; } = "";
}
