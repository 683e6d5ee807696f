using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

[TestClass]
public sealed class TrainedPipelineTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Export_TrainedOnDigits_ScoresTheTestRowsAsTheModel()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        using var model = Digits.Pipeline(ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(ml));
        var network = model.OfType<NeuralNetworkTransformer>().Single();
        var report = PipelineOnnxExporter.Export(model, Digits.TrainView(ml), network, folder.File("model.onnx"));
        TestContext.WriteLine($"{report.RowsChecked} rows, difference {report.MaxAbsDifference:g2}");
        Assert.AreEqual(0, report.LabelsDiffering);

        var scored = model.Transform(Digits.TestView(ml));
        using var session = new InferenceSession(report.File);
        using var pixels = OrtValue.CreateTensorValueFromMemory(Digits.Test.SelectMany(row => row.Pixels).ToArray(), [Digits.TestRows, 64]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["Pixels"], [pixels], ["Score", "PredictedLabel"]);
        double difference = Differences.MaxAbs([.. scored.GetColumn<float[]>("Score").SelectMany(row => row)], results[0].GetTensorDataAsSpan<float>().ToArray());
        TestContext.WriteLine($"{Digits.TestRows} test rows, difference {difference:g2}");
        Assert.IsLessThanOrEqualTo(1e-5, difference);
        CollectionAssert.AreEqual(scored.GetColumn<string>("PredictedDigit").ToArray(), results[1].GetStringTensorAsArray());
    }
}
