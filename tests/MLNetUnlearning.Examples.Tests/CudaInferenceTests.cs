using MLNetUnlearning.Examples.Tests.OnnxDeployment;
using MLNetUnlearning.Tests;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Examples.Tests;

[TestClass]
public sealed class CudaInferenceTests
{
    /// <summary>On a machine without CUDA one line says so; on one with it the probabilities agree.</summary>
    [TestMethod]
    public void Run_WithOrWithoutCuda_ScoresAndSaysWhere()
    {
        var (exitCode, output, errors) = ChildProcess.Run("CudaInference", null, "--model", ExportedModels.All[0].File, "--rows", "5000", "--batch", "512");

        Assert.AreEqual(0, exitCode, errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries), warnings = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        StringAssert.StartsWith(lines[0], "CPU: 5000 rows, 512 at a time, ");
        if (lines.Length == 1)
        {
            StringAssert.StartsWith(warnings.Single(), "warning: used the CPU. ");
            StringAssert.Contains(warnings.Single(), "CUDA device 0");
        }
        else
        {
            Assert.IsEmpty(warnings);
            StringAssert.StartsWith(lines[1], "CUDA device 0: 5000 rows, 512 at a time, ");
            StringAssert.StartsWith(lines[2], "Probabilities differ by at most ");
        }
    }

    [TestMethod]
    public void Run_ModelThatCannotBeUsed_IsNamedAndExitsWith2()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("garbage.onnx"), "not a model");

        foreach (string model in new[] { folder.File("missing.onnx"), folder.File("garbage.onnx"), ExportedModels.OtherPipeline })
        {
            var (exitCode, _, errors) = ChildProcess.Run("CudaInference", null, "--model", model, "--rows", "10");

            Assert.AreEqual(2, exitCode, errors);
            Assert.HasCount(1, errors.Trim().Split('\n'));
        }
    }

    [TestMethod]
    [DataRow(1, "--model", DisplayName = "no model")]
    [DataRow(1, "--rows 0", "--rows", "0", DisplayName = "no rows")]
    [DataRow(1, "--device x", "--device", "x", DisplayName = "no number")]
    [DataRow(1, "--speed", "--speed", "9", DisplayName = "unknown option")]
    [DataRow(0, "Usage: CudaInference", "--help", DisplayName = "help")]
    public void Run_Arguments_AreChecked(int expected, string part, params string[] arguments)
    {
        var (exitCode, output, errors) = ChildProcess.Run("CudaInference", null, arguments);

        Assert.AreEqual(expected, exitCode);
        StringAssert.Contains(output + errors, part);
    }
}
