using MLNetUnlearning.Data;

namespace MLNetUnlearning.Storage;

/// <summary>Key values in a file.</summary>
/// <param name="Kind">Word for their type.</param>
/// <param name="Values">The values as invariant text, in key order.</param>
internal sealed record StoredLabels(string Kind, IReadOnlyList<string> Values)
{
    /// <summary>Describes key values.</summary>
    public static StoredLabels? From(KeyValues? labels) => labels is null ? null : new(labels.Kind.Word, labels.ToText());

    /// <summary>The key values.</summary>
    /// <exception cref="InvalidDataException">The type is unknown or a value does not parse.</exception>
    public KeyValues ToKeyValues()
    {
        var kind = KeyValueKind.All.FirstOrDefault(kind => kind.Word == Kind) ?? throw new InvalidDataException($"Labels of type '{Kind}' are unknown to this version.");
        try
        {
            return kind.Parse(Values);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new InvalidDataException($"A label is not of type '{Kind}': {e.Message}", e);
        }
    }
}
