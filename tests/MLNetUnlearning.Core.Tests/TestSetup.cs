using MLNetUnlearning.Native;

// TorchSharp's dispose scopes and their statistics belong to a thread, and the trainer uses every processor by itself.
[assembly: DoNotParallelize]

namespace MLNetUnlearning.Core.Tests;

[TestClass]
public static class TestSetup
{
    /// <summary>Without the native library every test would fail with a cause of its own; this names the true one once.</summary>
    [AssemblyInitialize]
    public static void RequireNativeLibrary(TestContext context) => NativeBackend.EnsureLoaded();
}
