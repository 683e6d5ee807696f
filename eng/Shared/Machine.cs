using System.Globalization;

namespace MLNetUnlearning.Shared;

/// <summary>What a measurement ran on.</summary>
internal static class Machine
{
    public static IReadOnlyDictionary<string, object?> Describe() => new Dictionary<string, object?>
    {
        ["cores"] = Environment.ProcessorCount,
        ["cpu"] = FirstLine("/proc/cpuinfo", "model name") ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString(),
        ["load"] = File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null,
    };

    private static string? FirstLine(string file, string key) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() : null;
}
