using System.Globalization;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>A row with a column of every type that ONNX and ML.NET share.</summary>
internal sealed class AllTypes
{
    public bool Bool { get; set; }

    public sbyte SByte { get; set; }

    public byte Byte { get; set; }

    public short Short { get; set; }

    public ushort UShort { get; set; }

    public int Int { get; set; }

    public uint UInt { get; set; }

    public long Long { get; set; }

    public ulong ULong { get; set; }

    public float Float { get; set; }

    public double Double { get; set; }

    public string Text { get; set; } = "";

    [VectorType(2)]
    public string[] Words { get; set; } = [];

    [VectorType(6)]
    public float[] Matrix { get; set; } = [];

    public static AllTypes Row(int i) => new()
    {
        Bool = i % 3 == 0,
        SByte = (sbyte)(i % 256 - 128),
        Byte = (byte)i,
        Short = (short)(i * -50),
        UShort = (ushort)(i * 100),
        Int = i * -3_000_000,
        UInt = (uint)i * 7_000_000,
        Long = i * -9_000_000_000_000_000,
        ULong = ulong.MaxValue - (ulong)i,
        Float = i % 10 == 9 ? float.NaN : i / 3f,
        Double = i / 3.0,
        Text = i % 5 == 0 ? "" : $"Zeile {i} äöü 漢字 😀",
        Words = [$"w{i}", ""],
        Matrix = [i, 1, 2, 3, 4, -i],
    };

    public string Describe() => Join([Bool, SByte, Byte, Short, UShort, Int, UInt, Long, ULong, Float, Double, Text, .. Words, .. Matrix.Cast<object>()]);

    private static string Join(object[] values) => string.Join('|', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));

    /// <summary>The columns that the model makes of them.</summary>
    internal sealed class Copy
    {
        public bool Bool2 { get; set; }

        public sbyte SByte2 { get; set; }

        public byte Byte2 { get; set; }

        public short Short2 { get; set; }

        public ushort UShort2 { get; set; }

        public int Int2 { get; set; }

        public uint UInt2 { get; set; }

        public long Long2 { get; set; }

        public ulong ULong2 { get; set; }

        public float Float2 { get; set; }

        public double Double2 { get; set; }

        public string Text2 { get; set; } = "";

        public string[] Words2 { get; set; } = [];

        public float[] Matrix2 { get; set; } = [];

        public string Describe() => Join([Bool2, SByte2, Byte2, Short2, UShort2, Int2, UInt2, Long2, ULong2, Float2, Double2, Text2, .. Words2, .. Matrix2.Cast<object>()]);
    }
}
