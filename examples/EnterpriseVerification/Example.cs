using Microsoft.ML.Data;

namespace EnterpriseVerification;

/// <summary>One row of data as ML.NET reads it.</summary>
internal sealed class Example
{
    /// <summary>Names the row for good: what a deletion request refers to.</summary>
    public long RowId { get; set; }

    /// <summary>Grey values of the image.</summary>
    [VectorType(64)]
    public float[] Pixels { get; set; } = [];

    /// <summary>Name of the class.</summary>
    public string Class { get; set; } = "";
}
