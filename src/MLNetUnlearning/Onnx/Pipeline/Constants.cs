using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Stores a column's values in a graph, whatever their type.</summary>
internal static class Constants
{
    /// <summary>Appends values [count].</summary>
    /// <typeparam name="T">Text, a number or Boolean.</typeparam>
    public static string Append<T>(OnnxGraphBuilder builder, string hint, T[] values)
    {
        return values switch
        {
            ReadOnlyMemory<char>[] texts => builder.AddConstant(hint, [.. texts.Select(text => text.ToString())]),
            float[] v => Number(v),
            double[] v => Number(v),
            bool[] v => Number(v),
            // The runtime lets arrays of signed and unsigned integers pass for each other, so the type is asked for first.
            _ when typeof(T) == typeof(sbyte) => Number((sbyte[])(object)values),
            _ when typeof(T) == typeof(byte) => Number((byte[])(object)values),
            _ when typeof(T) == typeof(short) => Number((short[])(object)values),
            _ when typeof(T) == typeof(ushort) => Number((ushort[])(object)values),
            _ when typeof(T) == typeof(int) => Number((int[])(object)values),
            _ when typeof(T) == typeof(uint) => Number((uint[])(object)values),
            _ when typeof(T) == typeof(long) => Number((long[])(object)values),
            _ => Number((ulong[])(object)values),
        };

        string Number<TNumber>(TNumber[] numbers) where TNumber : unmanaged =>
            builder.AddConstant<TNumber>(hint, ColumnShape.TypeOf(typeof(TNumber)), numbers, numbers.Length);
    }
}
