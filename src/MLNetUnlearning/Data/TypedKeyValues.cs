using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Data;

/// <summary>Key values of one type.</summary>
/// <param name="kind">Type, parser and formatter.</param>
/// <param name="values">The values in key order.</param>
internal sealed class TypedKeyValues<T>(TypedKeyValueKind<T> kind, T[] values) : KeyValues
{
    public override KeyValueKind Kind => kind;

    public override int Count => values.Length;

    /// <summary>The values in key order.</summary>
    public IReadOnlyList<T> Values => values;

    public override IReadOnlyList<string> ToText() => [.. values.Select(kind.Format)];

    public override void AddTo(DataViewSchema.Annotations.Builder builder, string name) =>
        builder.Add(name, new VectorDataViewType(kind.ItemType, values.Length), (ref VBuffer<T> value) => CopyOut(values, ref value));
}
