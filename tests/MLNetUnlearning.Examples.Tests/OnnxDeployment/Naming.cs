using System.Text.Json;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

/// <summary>How members are called in JSON.</summary>
internal static class Naming
{
    /// <summary>Column names as they are.</summary>
    public static JsonSerializerOptions AsIs { get; } = new();

    /// <summary>Members of the service itself: camel case.</summary>
    public static JsonSerializerOptions Web { get; } = new(JsonSerializerDefaults.Web);
}
