using System.Text.Json;

namespace OnnxDeployment.Scoring;

/// <summary>Reads an element, or says that it is not of the type.</summary>
internal delegate bool TryGet<T>(JsonElement json, out T value);

/// <summary>Readers of JSON where missing values or ranges need thought. ML.NET's missing number is NaN; JSON's is null.</summary>
internal static class JsonNumbers
{
    public static bool TryGetSingle(JsonElement json, out float value)
    {
        value = float.NaN;
        return json.ValueKind == JsonValueKind.Null || (json.ValueKind == JsonValueKind.Number && json.TryGetSingle(out value) && float.IsFinite(value));
    }

    public static bool TryGetDouble(JsonElement json, out double value)
    {
        value = double.NaN;
        return json.ValueKind == JsonValueKind.Null || (json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out value) && double.IsFinite(value));
    }

    public static bool TryGetBoolean(JsonElement json, out bool value)
    {
        value = json.ValueKind == JsonValueKind.True;
        return json.ValueKind is JsonValueKind.True or JsonValueKind.False;
    }
}
