using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// Peak memory of one way to features in a process of its own: the most that was resident while it ran, less what was resident before the network existed. So weights, batch,
/// projections and results count, and the runtime and libtorch do not.
/// </summary>
internal static class PeakMemory
{
    /// <summary>First argument that makes the program measure and print instead of running a benchmark.</summary>
    public const string Command = "features-memory";

    private const string Status = "/proc/self/status", Reset = "/proc/self/clear_refs";
    private const int Processes = 3, Batches = 5;

    public static string? Obstacle => OperatingSystem.IsLinux() && File.Exists(Status) && File.Exists(Reset) ? null : "peak memory is read from /proc, which this system does not have";

    /// <summary>Median megabytes over a few processes.</summary>
    public static double Measure(string network, string method, bool quick) =>
        Enumerable.Range(0, Processes).Select(_ => InChild(network, method, quick)).Order().ElementAt(Processes / 2);

    /// <summary>The child: measures and prints kilobytes.</summary>
    public static int Run(string network, string method, bool quick)
    {
        NativeBackend.EnsureLoaded();
        set_num_threads(1);
        // Loads the code of all kernels and the just-in-time compiler's, which are no part of the method.
        Work("warm-up", method, quick);
        GC.Collect();
        File.WriteAllText(Reset, "5");
        long before = Kilobytes("VmRSS");
        Work(network, method, quick);
        Console.WriteLine((Kilobytes("VmHWM") - before).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static void Work(string network, string method, bool quick)
    {
        using var data = new FeatureCase(network, quick);
        var batch = FeatureMethod.Create(method, data);
        for (int i = 0; i < Batches; i++)
        {
            using var scope = NewDisposeScope();
            batch();
        }
    }

    private static double InChild(string network, string method, bool quick)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        foreach (string argument in (string[])[Command, network, method, .. quick ? (string[])["--quick"] : []])
        {
            start.ArgumentList.Add(argument);
        }

        using var child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? long.Parse(output, CultureInfo.InvariantCulture) * 1024 / 1e6
            : throw new InvalidOperationException($"Measuring the memory of {method} on {network} failed with exit code {child.ExitCode}.");
    }

    private static long Kilobytes(string key)
    {
        string line = File.ReadLines(Status).First(line => line.StartsWith($"{key}:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2], CultureInfo.InvariantCulture);
    }
}
