using Microsoft.ML.Runtime;
using MLNetUnlearning.Native;
using MLNetUnlearning.Scoring.Runtime;

namespace MLNetUnlearning.Scoring;

/// <summary>Whether TorchSharp can score where the options say. It runs on the one device of the process, which no option of a model can change.</summary>
internal static class TorchDevice
{
    /// <summary>Throws if another device than that of the process is asked for, and the CPU may not take over.</summary>
    /// <exception cref="InvalidOperationException">That is so.</exception>
    public static void ThrowIfUnavailable(ScoringOptions options, IHostEnvironment environment)
    {
        if (Obstacle(options, environment) is { } obstacle && !MayFallBack(options, environment))
        {
            throw new InvalidOperationException($"{obstacle} Call {nameof(DeviceSpec)}.Use() before the first model is made, or set {nameof(ScoringEngine)} to {nameof(ScoringEngine.OnnxRuntime)}.");
        }
    }

    /// <summary>The same, and a warning where the CPU takes over.</summary>
    /// <exception cref="InvalidOperationException">Another device is asked for, and the CPU may not take over.</exception>
    public static void Require(ScoringOptions options, IHostEnvironment environment)
    {
        ThrowIfUnavailable(options, environment);
        if (Obstacle(options, environment) is { } obstacle)
        {
            using var channel = environment.Start("Scoring");
            channel.Warning(MessageSensitivity.None, $"{obstacle} The CPU is used instead.");
        }
    }

    private static bool MayFallBack(ScoringOptions options, IHostEnvironment environment) => DeviceSpec.Current == DeviceSpec.Cpu && GpuRequest.Of(options, environment).FallbackToCpu;

    private static string? Obstacle(ScoringOptions options, IHostEnvironment environment)
    {
        int? cuda = GpuRequest.Of(options, environment).CudaDevice;
        if (cuda is null && options.Provider != ScoringProvider.Cpu)
        {
            return null;
        }

        var asked = cuda is { } index ? DeviceSpec.Cuda(index) : DeviceSpec.Cpu;
        return asked == DeviceSpec.Current ? null : $"Scoring on {asked} with TorchSharp was asked for, but TorchSharp of this process works on {DeviceSpec.Current}.";
    }
}
