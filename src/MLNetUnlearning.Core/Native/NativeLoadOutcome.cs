namespace MLNetUnlearning.Native;

/// <summary>How the TorchSharp bridge library came to be loaded.</summary>
public enum NativeLoadOutcome
{
    /// <summary>Nothing was done: not Linux, or no bridge library beside the application. TorchSharp's own loader decides.</summary>
    LeftToTorchSharp,

    /// <summary>The library loaded as shipped: the system's C++ runtime is new enough.</summary>
    LoadedAsShipped,

    /// <summary>The system's C++ runtime is older than the library asks for; a temporary copy without that demand was loaded.</summary>
    LoadedRelaxedCopy,
}
