using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>A row with a number to predict, and one with three.</summary>
internal sealed class RegressionRow
{
    public long RowId { get; set; }

    [VectorType(RegressionData.FeatureCount)]
    public float[] Inputs { get; set; } = [];

    public float Label { get; set; }

    [VectorType(3)]
    public float[] Labels { get; set; } = [];
}
