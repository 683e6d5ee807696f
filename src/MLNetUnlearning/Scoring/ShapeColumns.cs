using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Columns of a pipeline that is not fitted yet.</summary>
/// <remarks>ML.NET lets nobody outside it create a <see cref="SchemaShape.Column"/>. Its custom mapping answers with a column of any type that it is told of.</remarks>
internal static class ShapeColumns
{
    private static readonly MLContext Context = new(seed: 0);
    private static readonly MethodInfo CreateMethod = Method(nameof(CreateOf)), AnnotateMethod = Method(nameof(Annotate));

    /// <summary>Creates a column.</summary>
    /// <param name="name">Name.</param>
    /// <param name="type">A scalar, or a vector of known size.</param>
    /// <param name="annotations">Its annotations; their kinds count, their values do not. Null for none.</param>
    public static SchemaShape.Column Create(string name, DataViewType type, DataViewSchema.Annotations? annotations = null)
    {
        var value = type is VectorDataViewType vector ? vector.ItemType.RawType.MakeArrayType() : type.RawType;
        return (SchemaShape.Column)CreateMethod.MakeGenericMethod(value).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [name, type, annotations], null)!;
    }

    /// <summary>What a column of a fitted pipeline looks like before.</summary>
    public static SchemaShape.Column Create(DataViewSchema.Column column) => Create(column.Name, column.Type, column.Annotations);

    private static SchemaShape.Column CreateOf<T>(string name, DataViewType type, DataViewSchema.Annotations? annotations)
    {
        var definition = SchemaDefinition.Create(typeof(Holder<T>));
        definition[0].ColumnName = name;
        definition[0].ColumnType = type;
        foreach (var annotation in annotations?.Schema ?? Enumerable.Empty<DataViewSchema.Column>())
        {
            AnnotateMethod.MakeGenericMethod(annotation.Type.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [definition[0], annotation], null);
        }

        return Context.Transforms.CustomMapping<Nothing, Holder<T>>((_, _) => { }, null, null, definition).GetOutputSchema(new SchemaShape([])).Single();
    }

    private static void Annotate<T>(SchemaDefinition.Column column, DataViewSchema.Column annotation) => column.AddAnnotation(annotation.Name, default(T)!, annotation.Type);

    private static MethodInfo Method(string name) => typeof(ShapeColumns).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private sealed class Nothing;

    private sealed class Holder<T>
    {
        public T Value { get; set; } = default!;
    }
}
