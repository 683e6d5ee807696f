using System.Diagnostics;
using System.Reflection;

namespace MLNetUnlearning.Tests;

/// <summary>Runs a program of this repository as a process of its own, as a user does.</summary>
internal static class ChildProcess
{
    /// <summary>Path of a program that the build made along with the tests.</summary>
    public static string Path(string name) =>
        typeof(ChildProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;

    /// <summary>Runs it to its end.</summary>
    public static (int ExitCode, string Output, string Errors) Run(string name, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [Path(name), .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors);
    }
}
