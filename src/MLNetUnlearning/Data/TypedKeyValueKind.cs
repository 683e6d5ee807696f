using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Data;

/// <summary>A type that key values can have.</summary>
/// <param name="Word">Name in files.</param>
/// <param name="ItemType">ML.NET's type.</param>
/// <param name="Format">Writes a value as invariant text.</param>
/// <param name="ParseOne">Reads such text.</param>
internal sealed record TypedKeyValueKind<T>(string Word, PrimitiveDataViewType ItemType, Func<T, string> Format, Func<string, T> ParseOne)
    : KeyValueKind(Word, ItemType)
{
    public override KeyValues Read(DataViewSchema.Annotations annotations)
    {
        VBuffer<T> values = default;
        annotations.GetValue(KeyValues.AnnotationName, ref values);
        return new TypedKeyValues<T>(this, [.. values.DenseValues()]);
    }

    public override KeyValues Parse(IReadOnlyList<string> texts) => new TypedKeyValues<T>(this, [.. texts.Select(ParseOne)]);
}
