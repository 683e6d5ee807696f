using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNetUnlearning.Scoring.Runtime;

/// <summary>Whether a GPU is asked for, and what happens if there is none.</summary>
/// <param name="CudaDevice">The device; null for the CPU.</param>
/// <param name="FallbackToCpu">Whether the CPU takes over where the device cannot be used.</param>
internal readonly record struct GpuRequest(int? CudaDevice, bool FallbackToCpu)
{
    /// <summary>Reads settings and, where they are silent, those of the MLContext.</summary>
    public static GpuRequest Of(ScoringOptions options, IHostEnvironment environment)
    {
        var (device, fallback) = ContextSettings(environment);
        int? cuda = options.Provider switch
        {
            ScoringProvider.Cpu => null,
            ScoringProvider.Cuda => options.DeviceId ?? device ?? 0,
            _ => options.DeviceId ?? device,
        };
        return new GpuRequest(cuda, options.FallbackToCpu ?? fallback);
    }

    // A context shows these properties to everyone, its hosts to ML.NET's own assemblies only.
    private static (int? Device, bool Fallback) ContextSettings(IHostEnvironment environment) => environment is MLContext context
        ? (context.GpuDeviceId, context.FallbackToCpu)
        : (Read(environment, nameof(MLContext.GpuDeviceId)) as int?, Read(environment, nameof(MLContext.FallbackToCpu)) is true);

    private static object? Read(IHostEnvironment environment, string property) =>
        environment.GetType().GetInterface("Microsoft.ML.Runtime.IHostEnvironmentInternal")?.GetProperty(property, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)?.GetValue(environment);
}
