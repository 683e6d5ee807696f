using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace MLNetUnlearning.Native;

/// <summary>Start-up of the native tensor library. It runs by itself when this assembly is first used.</summary>
public static class NativeBackend
{
    private static NativeBackendException? failure;

    /// <summary>How the TorchSharp bridge library was loaded in this process.</summary>
    public static NativeLoadOutcome Outcome { get; private set; }

    /// <summary>Throws if the native library failed to load at start-up. Cheap; every entry point that needs tensors calls it.</summary>
    /// <exception cref="NativeBackendException">The library could not be loaded; the message names the true cause.</exception>
    public static void EnsureLoaded()
    {
        if (failure is not null)
        {
            throw new NativeBackendException(failure.Message, failure);
        }
    }

    // A module initialiser that throws would hide its cause behind a TypeInitializationException in whatever type came first; so it keeps
    // the error for EnsureLoaded. It must run before TorchSharp's own loader, hence not from a static constructor of one of our types.
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "TorchSharp probes for its library on first use, from any of our types or the caller's.")]
    internal static void Initialize()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            Outcome = BridgeLoader.ForThisProcess().Run();
        }
        catch (Exception e) when (e is NativeBackendException or IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            failure = e as NativeBackendException ?? new NativeBackendException($"The native tensor library could not be prepared: {e.Message}", e);
        }
    }
}
