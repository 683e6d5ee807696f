using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Onnx.Pipeline.Steps;

/// <summary>A row with a scalar and a vector of every type that steps take.</summary>
public sealed class StepRow
{
    private static readonly string[] Seen = ["red", "green", "blue", "Äpfel 7"];

    public float Number { get; set; }

    [VectorType(3)]
    public float[] Numbers { get; set; } = [];

    [VectorType(1)]
    public float[] OneSlot { get; set; } = [];

    public double Wide { get; set; }

    [VectorType(2)]
    public double[] Wides { get; set; } = [];

    public string Text { get; set; } = "";

    /// <summary>A text that no row has.</summary>
    public string Blank { get; set; } = "";

    [VectorType(2)]
    public string[] Texts { get; set; } = [];

    public int Count { get; set; }

    public long Big { get; set; }

    public ulong Huge { get; set; }

    public byte Small { get; set; }

    public bool Flag { get; set; }

    [VectorType(2)]
    public bool[] Flags { get; set; } = [];

    [KeyType(4)]
    public uint Code { get; set; }

    /// <summary>As many texts as there happen to be.</summary>
    [VectorType]
    public string[] Tags { get; set; } = [];

    [VectorType(2), KeyType(4)]
    public uint[] Codes { get; set; } = [];

    /// <summary>Rows to fit on.</summary>
    public static StepRow[] Train(int rows = 60) => Draw(rows, seed: 3, missing: true, unseen: false);

    /// <summary>Other rows, with missing values, empty texts and values that <see cref="Train"/> lacks.</summary>
    public static StepRow[] Test(int rows = 40) => Draw(rows, seed: 4, missing: true, unseen: true);

    /// <summary>Rows without missing values.</summary>
    public static StepRow[] Complete(int rows = 60, int seed = 5) => Draw(rows, seed, missing: false, unseen: false);

    private static StepRow[] Draw(int rows, int seed, bool missing, bool unseen)
    {
        var random = new Random(seed);
        float Number(double scale) => missing && random.Next(6) == 0 ? float.NaN : (float)((random.NextDouble() - 0.4) * scale);
        string Text() => (unseen ? random.Next(8) : random.Next(5)) switch
        {
            4 => "",
            > 4 and var other => $"new {other}",
            var known => Seen[known],
        };
        return [.. Enumerable.Range(0, rows).Select(_ => new StepRow
        {
            Number = Number(10),
            Numbers = [Number(1), 5, Number(1000)],
            OneSlot = [Number(3)],
            Wide = Number(1e6),
            Wides = [Number(1e-3), Number(50)],
            Text = Text(),
            Texts = [Text(), Text()],
            Tags = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Text())],
            Count = random.Next(unseen ? 8 : 5) - 2,
            Big = (random.Next(unseen ? 6 : 4) - 1) * 3_000_000_000L,
            Huge = ulong.MaxValue - (ulong)random.Next(unseen ? 6 : 4),
            Small = (byte)random.Next(200),
            Flag = random.Next(2) == 1,
            Flags = [random.Next(2) == 1, random.Next(2) == 1],
            Code = (uint)random.Next(missing ? 5 : 4) + (missing ? 0u : 1u),
            Codes = [(uint)random.Next(5), (uint)random.Next(5)],
        })];
    }
}
