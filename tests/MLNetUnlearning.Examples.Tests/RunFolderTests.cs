using System.Diagnostics;
using MLNetUnlearning.Tests;

namespace MLNetUnlearning.Examples.Tests;

/// <summary>The commands of examples/README.md name files from the root of the repository, so no example may start anywhere else.</summary>
[TestClass]
public sealed class RunFolderTests
{
    [TestMethod]
    [DataRow("CudaInference")]
    [DataRow("ExistingPipeline")]
    [DataRow("OnnxDeployment")]
    public void DotnetRun_OfAnExample_StaysInTheCallersFolder(string example)
    {
        string project = Path.Combine(ChildProcess.Path("Examples"), example, $"{example}.csproj");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["msbuild", project, "-getProperty:RunWorkingDirectory"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        string folder = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.AreEqual(0, process.ExitCode, folder);
        Assert.AreEqual("", folder.Trim());
    }
}
