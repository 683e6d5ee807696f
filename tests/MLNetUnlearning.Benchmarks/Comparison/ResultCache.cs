using System.Text.Json;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>Results on disk, so that a run that is killed does not repeat what it has done. A result is used again by the same build of the library at the same settings only.</summary>
/// <typeparam name="T">The result.</typeparam>
/// <param name="Key">What the result depends on.</param>
/// <param name="Value">The result.</param>
internal sealed record ResultCache<T>(string Key, T Value)
{
    /// <summary>Reads a result, or makes and writes it.</summary>
    /// <param name="file">Where it is kept.</param>
    /// <param name="key">What it depends on beside the library's code.</param>
    /// <param name="make">Makes it.</param>
    public static T Get(string file, string key, Func<T> make)
    {
        string full = $"{typeof(IUnlearner).Assembly.ManifestModule.ModuleVersionId} {key}";
        if (File.Exists(file) && JsonSerializer.Deserialize<ResultCache<T>>(File.ReadAllText(file)) is { } found && found.Key == full)
        {
            return found.Value;
        }

        var made = new ResultCache<T>(full, make());
        AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, made));
        return made.Value;
    }
}
