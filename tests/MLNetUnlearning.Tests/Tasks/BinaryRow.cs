using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>A row with a Boolean label.</summary>
internal sealed class BinaryRow
{
    public long RowId { get; set; }

    [VectorType(BinaryData.FeatureCount)]
    public float[] Inputs { get; set; } = [];

    public bool Label { get; set; }
}
