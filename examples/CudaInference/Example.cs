using System.Globalization;
using Microsoft.ML.Data;

namespace CudaInference;

/// <summary>One handwritten digit, as the quick start's pipeline takes it.</summary>
internal sealed class Example
{
    /// <summary>Grey values of the image.</summary>
    [VectorType(64)]
    public float[] Pixels { get; set; } = [];

    /// <summary>So many rows: the embedded 1,797 digits, again and again.</summary>
    public static IEnumerable<Example> Take(int rows)
    {
        using var reader = new StreamReader(typeof(Example).Assembly.GetManifestResourceStream("digits.csv")!);
        Example[] digits = [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Parse)];
        return Enumerable.Range(0, rows).Select(row => digits[row % digits.Length]);
    }

    private static Example Parse(string line) => new()
    {
        Pixels = [.. line.Split(',')[1..^1].Select(value => float.Parse(value, CultureInfo.InvariantCulture))],
    };
}
