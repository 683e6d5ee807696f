using System.Globalization;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>A row with a column of every usual type.</summary>
internal sealed class WideRow
{
    public int Id { get; set; }

    public string Class { get; set; } = "";

    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public bool Flag { get; set; }

    public short Small { get; set; }

    public double Number { get; set; }

    public string Text { get; set; } = "";

    public string[] Words { get; set; } = [];

    [VectorType(2)]
    public double[] Doubles { get; set; } = [];

    public DateTime Date { get; set; }

    public DateTimeOffset Offset { get; set; }

    public TimeSpan Span { get; set; }

    /// <summary>All values as one text.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Id}|{Class}|{string.Join(',', Features)}|{Flag}|{Small}|{Number:R}|{Text}|{string.Join(',', Words ?? [])}|{string.Join(',', Doubles)}|{Date:O}|{Offset:O}|{Span:c}");
}
