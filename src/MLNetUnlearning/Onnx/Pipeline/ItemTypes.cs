namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Calls generic code for the type of a column's elements, which is known at run time only.</summary>
internal static class ItemTypes
{
    /// <summary>Work on elements of one type.</summary>
    /// <typeparam name="TResult">Its result.</typeparam>
    public interface IVisitor<out TResult>
    {
        /// <summary>Does the work.</summary>
        /// <typeparam name="T">Type of the elements: text, a number or Boolean. Keys come as the number that holds them.</typeparam>
        TResult Visit<T>();
    }

    /// <summary>Does the work for a type.</summary>
    /// <param name="item">One of the types that <see cref="ColumnShape"/> knows.</param>
    /// <param name="visitor">The work.</param>
    public static TResult Visit<TResult>(Type item, IVisitor<TResult> visitor) =>
        item == typeof(float) ? visitor.Visit<float>()
        : item == typeof(ReadOnlyMemory<char>) ? visitor.Visit<ReadOnlyMemory<char>>()
        : item == typeof(double) ? visitor.Visit<double>()
        : item == typeof(bool) ? visitor.Visit<bool>()
        : item == typeof(uint) ? visitor.Visit<uint>()
        : item == typeof(int) ? visitor.Visit<int>()
        : item == typeof(long) ? visitor.Visit<long>()
        : item == typeof(ulong) ? visitor.Visit<ulong>()
        : item == typeof(byte) ? visitor.Visit<byte>()
        : item == typeof(sbyte) ? visitor.Visit<sbyte>()
        : item == typeof(short) ? visitor.Visit<short>()
        : item == typeof(ushort) ? visitor.Visit<ushort>()
        : throw new ArgumentException($"{item} is not the type of a column's elements.", nameof(item));
}
