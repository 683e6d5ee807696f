using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>A row for <see cref="OnnxModels.SumAndDouble"/>, before and after scoring.</summary>
internal sealed class SumRow
{
    public int Id { get; set; }

    public string Group { get; set; } = "";

    [VectorType(3)]
    public float[] Values { get; set; } = [];

    public float Offset { get; set; }

    public float Total { get; set; }

    [VectorType(3)]
    public float[] Twice { get; set; } = [];

    public float Expected => Values[0] + Values[1] + Values[2] + Offset;

    public static SumRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new SumRow { Id = i, Group = i % 3 == 0 ? "a" : "b", Values = [i, -2 * i, i % 7], Offset = i % 5 - 2, Twice = new float[3] })];

    public static OnnxScoringOptions Options() => new()
    {
        Model = OnnxModels.SumAndDouble(),
        Inputs = [new OnnxInput("x", "Values"), new OnnxInput("bias", "Offset")],
        Outputs = [new OnnxOutput("doubled", "Twice"), new OnnxOutput("sum", "Total")],
    };

    /// <summary>Compares scored rows with plain arithmetic; whole numbers, so to the bit.</summary>
    public static void Check(IEnumerable<SumRow> scored)
    {
        int count = 0;
        foreach (var row in scored)
        {
            Assert.AreEqual(row.Expected, row.Total, $"row {row.Id}");
            CollectionAssert.AreEqual(row.Values.Select(value => 2 * value).ToArray(), row.Twice, $"row {row.Id}");
            count++;
        }

        Assert.IsGreaterThan(0, count);
    }
}
