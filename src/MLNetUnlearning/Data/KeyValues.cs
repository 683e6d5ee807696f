using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Data;

/// <summary>The values behind a key column: entry i belongs to key i + 1. Copied out of the label column so that predictions can be mapped back.</summary>
internal abstract class KeyValues
{
    /// <summary>Name of the annotation that ML.NET keeps key values under.</summary>
    public const string AnnotationName = "KeyValues";

    /// <summary>Type, parser and formatter of the values.</summary>
    public abstract KeyValueKind Kind { get; }

    /// <summary>Number of values.</summary>
    public abstract int Count { get; }

    /// <summary>The values as invariant text, in key order; parses back to the same values.</summary>
    public abstract IReadOnlyList<string> ToText();

    /// <summary>Adds the values to a column's annotations.</summary>
    /// <param name="builder">Annotations being built.</param>
    /// <param name="name">Name of the annotation.</param>
    public abstract void AddTo(DataViewSchema.Annotations.Builder builder, string name);

    /// <summary>Reads the values of a key column; null if it has none.</summary>
    public static KeyValues? Read(DataViewSchema.Column column)
    {
        var annotation = column.Annotations.Schema.GetColumnOrNull(AnnotationName);
        return annotation?.Type is VectorDataViewType vector
            ? KeyValueKind.All.FirstOrDefault(kind => kind.ItemType.Equals(vector.ItemType))?.Read(column.Annotations)
            : null;
    }

    /// <summary>Adds text values to a column's annotations.</summary>
    public static void AddText(DataViewSchema.Annotations.Builder builder, string name, IReadOnlyList<string> values)
    {
        var text = values.Select(value => value.AsMemory()).ToArray();
        builder.Add(name, new VectorDataViewType(TextDataViewType.Instance, text.Length), (ref VBuffer<ReadOnlyMemory<char>> value) => CopyOut(text, ref value));
    }

    /// <summary>Copies values into a caller's dense vector.</summary>
    protected static void CopyOut<T>(T[] values, ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    }
}
