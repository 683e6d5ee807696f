using System.Globalization;
using System.Reflection;
using MLNetUnlearning.Tests;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Examples.Tests;

[TestClass]
public sealed class ExistingPipelineTests
{
    [TestMethod]
    public void Run_OnTheCensus_ForgetsInTheDirectionOfRetraining()
    {
        if (!Directory.Exists(Path.Combine(Environment.GetEnvironmentVariable("MLNETUNLEARNING_DATA") ?? Path.Combine("..", "shared", "data"), "adult")))
        {
            Assert.Inconclusive("The Adult data set is not there; put it into a folder adult and set MLNETUNLEARNING_DATA to the folder above it.");
        }

        var (exitCode, output, errors) = ChildProcess.Run("ExistingPipeline", null, "--rows", "4000", "--forget", "400");

        Assert.AreEqual(0, exitCode, errors);
        var (before, after, retrained) = (Line(output, "before"), Line(output, "after: .Unlearn()"), Line(output, "retrained without them"));
        foreach (double[] model in new[] { before, after, retrained })
        {
            Assert.IsGreaterThan(0.82, model[0]);
            Assert.IsGreaterThan(0.87, model[1]);
        }

        Assert.IsGreaterThan(before[4], retrained[4]);
        Assert.IsGreaterThan(before[4], after[4]);
        Assert.AreEqual(0, retrained[5]);
    }

    /// <summary>What the example claims: the pipelines differ by one line, apart from their names.</summary>
    [TestMethod]
    public void Pipelines_BeforeAndAfter_DifferByOneLine()
    {
        string[] before = Body("PipelineBefore"), after = Body("PipelineAfter");

        CollectionAssert.AreEqual(new[] { ".Unlearn(ml, forgetRowIds)" }, after.Except(before).ToArray());
        CollectionAssert.AreEqual(before, after.SkipLast(1).ToArray());
    }

    [TestMethod]
    public void Run_DataAbsent_SaysHowToGetItAndExitsWith2()
    {
        using var folder = new TemporaryFolder();

        var (exitCode, _, errors) = ChildProcess.Run("ExistingPipeline", new Dictionary<string, string> { ["MLNETUNLEARNING_DATA"] = folder.Path });

        Assert.AreEqual(2, exitCode);
        StringAssert.Contains(errors, "MLNETUNLEARNING_DATA");
        StringAssert.Contains(errors, "archive.ics.uci.edu");
    }

    [TestMethod]
    [DataRow("--rows", "10", DisplayName = "too few rows")]
    [DataRow("--rows", "many", DisplayName = "no number")]
    [DataRow("--forget", "4000", DisplayName = "too many to forget")]
    [DataRow("--speed", "9", DisplayName = "unknown option")]
    public void Run_BadArguments_NamesThem(string option, string value)
    {
        var (exitCode, _, errors) = ChildProcess.Run("ExistingPipeline", null, option, value);

        Assert.AreEqual(1, exitCode);
        StringAssert.Contains(errors, option);
    }

    [TestMethod]
    public void Help_Asked_IsPrinted()
    {
        var (exitCode, output, _) = ChildProcess.Run("ExistingPipeline", null, "--help");

        Assert.AreEqual(0, exitCode);
        StringAssert.Contains(output, "Usage: ExistingPipeline");
    }

    // Test accuracy, AUC and log loss, accuracy and log loss on the forgotten rows, distance from the retrained model.
    private static double[] Line(string output, string name) =>
        [.. output.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];

    // The lines of the pipeline itself.
    private static string[] Body(string name)
    {
        string folder = typeof(ExistingPipelineTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Examples").Value!;
        return [.. File.ReadLines(Path.Combine(folder, "ExistingPipeline", $"{name}.cs")).SkipWhile(line => !line.Contains("=>", StringComparison.Ordinal)).Skip(1).Select(line => line.Trim().TrimEnd(';')).SkipLast(1)];
    }
}
