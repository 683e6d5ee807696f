using System.Runtime.CompilerServices;
using MLNetUnlearning.Native;

namespace MLNetUnlearning.Shared;

/// <summary>Runs a test program on the device that the environment variable MLNETUNLEARNING_DEVICE names, such as cuda:0; without it on the CPU.</summary>
internal static class TestDevice
{
    // Before the first test makes a tensor.
    [ModuleInitializer]
    internal static void Use()
    {
        if (Environment.GetEnvironmentVariable("MLNETUNLEARNING_DEVICE") is { Length: > 0 } device)
        {
            DeviceSpec.Parse(device).Use();
        }
    }
}
