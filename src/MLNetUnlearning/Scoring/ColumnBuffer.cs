using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Values of one pass-through column for a block of rows.</summary>
internal abstract class ColumnBuffer
{
    private static readonly MethodInfo CreateScalarMethod = Method(nameof(CreateScalar)), CreateVectorMethod = Method(nameof(CreateVector));

    /// <summary>Reads the source's current row into a slot.</summary>
    public abstract void Store(int slot);

    /// <summary>Creates a getter of the value in the slot that is current when it is called.</summary>
    public abstract Delegate Getter(Func<int> current);

    /// <summary>True if values of a type can outlive the row they came from. Others, such as images, may be reused by their owner.</summary>
    public static bool Supports(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    /// <summary>Creates a buffer.</summary>
    /// <param name="source">Cursor to read.</param>
    /// <param name="column">A column of a type that <see cref="Supports"/> accepts.</param>
    /// <param name="capacity">Most rows.</param>
    public static ColumnBuffer Create(DataViewRowCursor source, DataViewSchema.Column column, int capacity)
    {
        var method = column.Type is VectorDataViewType vector
            ? CreateVectorMethod.MakeGenericMethod(vector.ItemType.RawType)
            : CreateScalarMethod.MakeGenericMethod(column.Type.RawType);
        return (ColumnBuffer)method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [source, column, capacity], null)!;
    }

    private static ScalarBuffer<T> CreateScalar<T>(DataViewRowCursor source, DataViewSchema.Column column, int capacity) => new(source.GetGetter<T>(column), capacity);

    private static VectorBuffer<T> CreateVector<T>(DataViewRowCursor source, DataViewSchema.Column column, int capacity) => new(source.GetGetter<VBuffer<T>>(column), capacity);

    private static MethodInfo Method(string name) => typeof(ColumnBuffer).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;
}
