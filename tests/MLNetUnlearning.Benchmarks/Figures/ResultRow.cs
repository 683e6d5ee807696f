using System.Text.Json;

namespace MLNetUnlearning.Benchmarks.Figures;

/// <summary>A row of results, just measured or read from a file.</summary>
/// <param name="fields">Values by name.</param>
internal sealed class ResultRow(IReadOnlyDictionary<string, object?> fields)
{
    public string Text(string name) => Field(name) switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        _ => throw new InvalidDataException($"Field '{name}' of a row of results is no text."),
    };

    public double Number(string name) => Field(name) switch
    {
        JsonElement { ValueKind: JsonValueKind.Number } element => element.GetDouble(),
        IConvertible number and not string => number.ToDouble(System.Globalization.CultureInfo.InvariantCulture),
        _ => throw new InvalidDataException($"Field '{name}' of a row of results is no number."),
    };

    /// <summary>Whether there is such a field with a value.</summary>
    public bool Has(string name) => Field(name) is not null and not JsonElement { ValueKind: JsonValueKind.Null };

    private object? Field(string name) => fields.GetValueOrDefault(name);
}
