using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests;

/// <summary>One handwritten digit.</summary>
internal sealed class DigitRow
{
    public long RowId { get; set; }

    [VectorType(64)]
    public float[] Pixels { get; set; } = [];

    public string Digit { get; set; } = "";
}
