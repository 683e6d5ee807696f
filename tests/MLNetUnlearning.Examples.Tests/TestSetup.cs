using MLNetUnlearning.Examples.Tests.OnnxDeployment;

// Training uses every processor by itself, and the services under load do, too.
[assembly: DoNotParallelize]

namespace MLNetUnlearning.Examples.Tests;

[TestClass]
public static class TestSetup
{
    [AssemblyCleanup]
    public static void Cleanup() => ExportedModels.Delete();
}
