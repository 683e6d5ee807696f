using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Columns of a pipeline that is not fitted yet.</summary>
/// <remarks>ML.NET lets nobody outside it create a <see cref="SchemaShape.Column"/>. Its custom mapping answers with a column of any type that it is told of.</remarks>
internal static class ShapeColumns
{
    private static readonly MLContext Context = new(seed: 0);
    private static readonly MethodInfo CreateMethod = typeof(ShapeColumns).GetMethod(nameof(CreateOf), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Creates a column.</summary>
    /// <param name="name">Name.</param>
    /// <param name="type">A scalar, or a vector of known size.</param>
    public static SchemaShape.Column Create(string name, DataViewType type)
    {
        var value = type is VectorDataViewType vector ? vector.ItemType.RawType.MakeArrayType() : type.RawType;
        return (SchemaShape.Column)CreateMethod.MakeGenericMethod(value).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [name, type], null)!;
    }

    private static SchemaShape.Column CreateOf<T>(string name, DataViewType type)
    {
        var definition = SchemaDefinition.Create(typeof(Holder<T>));
        definition[0].ColumnName = name;
        definition[0].ColumnType = type;
        return Context.Transforms.CustomMapping<Nothing, Holder<T>>((_, _) => { }, null, null, definition).GetOutputSchema(new SchemaShape([])).Single();
    }

    private sealed class Nothing;

    private sealed class Holder<T>
    {
        public T Value { get; set; } = default!;
    }
}
