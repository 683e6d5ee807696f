using Microsoft.ML;

namespace MLNetUnlearning.Tests.Documentation;

[TestClass]
public sealed class ReadmeTests
{
    [TestMethod]
    public void Sample_IsTheCompiledOne()
    {
        string readme = Sample.Resource("README.md"), source = Sample.Resource("ReadmeSample.cs");
        string sample = Sample.Between(readme, "```csharp\n", "```");

        Assert.AreEqual(Sample.Unindent(Sample.Between(source, "// README begin\n", "// README end")), Sample.Unindent(sample));
        int lines = sample.Split('\n').Count(line => line.Trim().Length > 0);
        Assert.IsLessThanOrEqualTo(15, lines, "The sample is to stay short.");
    }

    /// <summary>Native code of another version than the one that the library was built and tested with may fail to load, or compute otherwise.</summary>
    [TestMethod]
    public void Packages_OfNativeCode_AreOfTheVersionsInUse()
    {
        string readme = Sample.Resource("README.md");

        StringAssert.Contains(readme, $"libtorch-cpu-linux-x64 --version {Version.Parse(TorchSharp.torch.__version__).ToString(3)} ");
        StringAssert.Contains(readme, $"Microsoft.ML.OnnxRuntime --version {Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString()}\n");
    }

    [TestMethod]
    public void Sample_RunsAndVerifies()
    {
        var ml = new MLContext(seed: 1);
        long[] forget = [.. Digits.Train.Take(20).Select(row => row.RowId)];
        string before = Directory.GetCurrentDirectory();
        var folder = Directory.CreateTempSubdirectory("readme-");
        try
        {
            var report = ReadmeSample.Run(Digits.TrainView(ml), Digits.TestView(ml), forget, folder.FullName, models: 20);

            Assert.AreEqual(20, report.ForgetRows);
            Assert.IsTrue(File.Exists(Path.Combine(folder.FullName, "model.zip")));
            Assert.IsTrue(File.Exists(Path.Combine(folder.FullName, "model.onnx")));
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
            folder.Delete(recursive: true);
        }
    }
}
