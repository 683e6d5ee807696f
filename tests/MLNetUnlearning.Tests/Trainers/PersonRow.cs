using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Trainers;

/// <summary>One handwritten digit and who wrote it.</summary>
internal sealed class PersonRow
{
    public long RowId { get; set; }

    [VectorType(64)]
    public float[] Pixels { get; set; } = [];

    public string Digit { get; set; } = "";

    public string Person { get; set; } = "";

    public long Number { get; set; }
}
