using Microsoft.ML;
using MLNetUnlearning.Onnx;

namespace MLNetUnlearning.MSTest.Tests;

[TestClass]
public sealed class ScoresMatchTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("mlnetunlearning-tests-").FullName;

    private string File => Path.Combine(folder, "model.onnx");

    [TestCleanup]
    public void Cleanup() => Directory.Delete(folder, recursive: true);

    [TestMethod]
    public void ScoresMatch_SameNetwork_Passes()
    {
        DigitModel.Export(DigitModel.Model, File);

        UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File);
        UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File, maxRows: 7);
    }

    /// <summary>The case that the assertion is for: the file was written before the model forgot rows.</summary>
    [TestMethod]
    public void ScoresMatch_FileOlderThanTheModel_Fails()
    {
        DigitModel.Export(DigitModel.Model, File);
        using var unlearned = DigitModel.Model.Unlearn(DigitModel.Ml, DigitModel.Train, DigitModel.Forget);

        CheckMessage(() => UnlearningAssert.ScoresMatch(unlearned, DigitModel.Test, File), "Over 300 rows", "bound 1e-05", "worst at row", "ExportOnnx", "What to do:");
        UnlearningAssert.ScoresMatch(unlearned, DigitModel.Test, File, tolerance: 1);
    }

    [TestMethod]
    public void ScoresMatch_ModelOfOtherClasses_Fails()
    {
        using var network = Networks.Network.Create(Networks.NetworkSpec.Linear(), 64, 3, seed: 1);
        OnnxNetworkExporter.ExportFile(network, File);

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File), "10 scores a row, the ONNX file 3");
    }

    [TestMethod]
    public void ScoresMatch_InputWithoutColumn_NamesTheInput()
    {
        DigitModel.Export(DigitModel.Model, File, new OnnxExportOptions { InputName = "Pixels" });

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File), "'Pixels'");
    }

    [TestMethod]
    public void ScoresMatch_InputOfAnotherType_NamesTheColumn()
    {
        DigitModel.Export(DigitModel.Model, File, new OnnxExportOptions { InputName = "Digit" });

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File), "'Digit'");
    }

    [TestMethod]
    public void ScoresMatch_InputOfAnotherSize_Fails()
    {
        using var network = Networks.Network.Create(Networks.NetworkSpec.Linear(), 63, 10, seed: 1);
        OnnxNetworkExporter.ExportFile(network, File);

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File), "cannot score the rows", "types and sizes");
    }

    [TestMethod]
    public void ScoresMatch_NoSuchOutput_NamesTheOutputs()
    {
        DigitModel.Export(DigitModel.Model, File, new OnnxExportOptions { ScoreName = "Probability" });

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File), "no output 'Score'", "Probability");
    }

    [TestMethod]
    public void ScoresMatch_NotAnOnnxFile_SaysSo()
    {
        System.IO.File.WriteAllText(File, "not a model");

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File), "model.onnx", "not an ONNX file that can be opened");
        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, Path.Combine(folder, "missing.onnx")), "missing.onnx");
    }

    [TestMethod]
    public void ScoresMatch_NotANumber_Fails()
    {
        DigitModel.Export(DigitModel.Model, File);
        var data = DigitModel.Ml.Data.LoadFromEnumerable([new DigitRow { Features = [.. Enumerable.Repeat(float.NaN, 64)], Digit = "1" }]);

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, data, File), "Row 0", "NaN");
    }

    [TestMethod]
    public void ScoresMatch_NoRows_Fails()
    {
        DigitModel.Export(DigitModel.Model, File);

        CheckMessage(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Ml.Data.LoadFromEnumerable(Array.Empty<DigitRow>()), File), "no row");
    }

    [TestMethod]
    public void ScoresMatch_SettingOutOfRange_IsRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File, tolerance: double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => UnlearningAssert.ScoresMatch(DigitModel.Model, DigitModel.Test, File, maxRows: 0));
    }

    private static void CheckMessage(Action assertion, params string[] parts)
    {
        string message = Assert.ThrowsExactly<AssertFailedException>(assertion).Message;
        StringAssert.Contains(message, "UnlearningAssert.ScoresMatch failed.");
        foreach (string part in parts)
        {
            StringAssert.Contains(message, part);
        }
    }
}
