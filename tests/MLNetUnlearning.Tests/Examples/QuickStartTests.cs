using System.Text.Json;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.Examples;

[TestClass]
public sealed class QuickStartTests
{
    [TestMethod]
    public void Run_FewModels_WritesEveryFigure()
    {
        using var folder = new TemporaryFolder();
        string json = folder.File("result.json");

        var (exitCode, output, errors) = ChildProcess.Run("QuickStart", null, "--models", "20", "--json", json, "--output", folder.Path);

        Assert.AreEqual(0, exitCode, errors);
        StringAssert.Contains(output, "held-out oracles");
        using var document = JsonDocument.Parse(File.ReadAllText(json));
        var root = document.RootElement;
        Assert.AreEqual("digits", root.GetProperty("dataset").GetString());
        Assert.AreEqual(1437, root.GetProperty("train").GetInt32());
        Assert.AreEqual(360, root.GetProperty("test").GetInt32());
        Assert.AreEqual(20, root.GetProperty("models").GetInt32());
        Assert.AreEqual(30, root.GetProperty("bank").GetProperty("members").GetInt32());
        Assert.IsGreaterThan(0, root.GetProperty("bank").GetProperty("seconds").GetDouble());
        Assert.IsGreaterThan(0, root.GetProperty("bank").GetProperty("batchedSpeedup").GetDouble());
        Assert.IsGreaterThan(0, root.GetProperty("machine").GetProperty("cores").GetInt32());
        StringAssert.Contains(root.GetProperty("command").GetString(), "--models 20");
        var requests = root.GetProperty("requests").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(new[] { "random-100", "clustered-50" }, requests.Select(request => request.GetProperty("name").GetString()).ToArray());
        foreach (var request in requests)
        {
            CheckRequest(request);
        }

        Assert.IsLessThanOrEqualTo(1e-5, root.GetProperty("onnx").GetProperty("maxAbsDifference").GetDouble());
        Assert.AreEqual(0, root.GetProperty("onnx").GetProperty("labelsDiffering").GetInt32());
        Assert.IsTrue(File.Exists(root.GetProperty("onnx").GetProperty("file").GetString()));
        Assert.IsLessThanOrEqualTo(1e-5, root.GetProperty("reload").GetProperty("scoresMaxAbsDifference").GetDouble());
        Assert.IsTrue(root.GetProperty("reload").GetProperty("metricsEqual").GetBoolean());
    }

    [TestMethod]
    [DataRow("--models", "5", DisplayName = "too few models")]
    [DataRow("--data", "mnist", DisplayName = "unknown data")]
    [DataRow("--speed", "9", DisplayName = "unknown option")]
    [DataRow("--json", null, DisplayName = "no value")]
    public void Run_BadArguments_SaysWhatIsWrongAndWritesNothing(string option, string? value)
    {
        using var folder = new TemporaryFolder();

        var (exitCode, _, errors) = ChildProcess.Run("QuickStart", null, [.. new[] { "--output", folder.Path, option, value }.OfType<string>()]);

        Assert.AreEqual(1, exitCode);
        StringAssert.Contains(errors, option);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void Run_DataAbsent_SaysWhereItBelongs()
    {
        using var folder = new TemporaryFolder();

        var (exitCode, _, errors) = ChildProcess.Run("QuickStart", new Dictionary<string, string> { ["MLNETUNLEARNING_DATA"] = folder.Path }, "--data", "fashion-mnist");

        Assert.AreEqual(1, exitCode);
        StringAssert.Contains(errors, "MLNETUNLEARNING_DATA");
    }

    private static void CheckRequest(JsonElement request)
    {
        Assert.IsGreaterThan(0, request.GetProperty("forget").GetInt32());
        foreach (string models in new[] { "doNothing", "dmm", "oracle" })
        {
            foreach (string set in new[] { "forget", "retain", "validation" })
            {
                var klom = request.GetProperty("klom").GetProperty(models).GetProperty(set);
                Assert.IsGreaterThan(0, klom.GetProperty("mean").GetDouble());
                Assert.IsLessThanOrEqualTo(Math.Log(1e5), klom.GetProperty("p95").GetDouble());
            }
        }

        foreach (string models in new[] { "original", "dmm", "oracle" })
        {
            Assert.IsGreaterThan(0.9, request.GetProperty("accuracy").GetProperty(models).GetDouble());
        }

        foreach (string time in new[] { "retrainOne", "attribution", "fineTuneOne" })
        {
            Assert.IsGreaterThan(0, request.GetProperty("seconds").GetProperty(time).GetDouble());
        }
    }
}
