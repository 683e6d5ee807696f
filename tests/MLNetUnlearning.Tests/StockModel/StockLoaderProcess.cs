using System.Diagnostics;
using System.Reflection;

namespace MLNetUnlearning.Tests.StockModel;

/// <summary>Runs the process that loads saved models with ML.NET alone.</summary>
internal static class StockLoaderProcess
{
    public static string Assembly { get; } =
        typeof(StockLoaderProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "StockLoader").Value!;

    /// <summary>Scores a file; returns the lines it wrote: scores and label per row, then the metrics.</summary>
    public static string[][] Run(string model, string data, string output)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [Assembly, model, data, output]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var messages = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, $"{errors}{messages.Result}");
        return [.. File.ReadLines(output).Select(line => line.Split(','))];
    }
}
