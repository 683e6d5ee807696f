using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class ExportOnnxTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));

    [TestMethod]
    public void ExportOnnx_UnlearnedModel_AgreesOnSample()
    {
        using var folder = new TemporaryFolder();
        using var unlearned = Model.Unlearn(Ml, Digits.TrainView(Ml), [Digits.Train[0].RowId, Digits.Train[1].RowId]);
        var report = Ml.Unlearning.ExportOnnx(unlearned, Digits.TestView(Ml), folder.File("model.onnx"));
        Assert.AreEqual(256, report.RowsChecked);
        Assert.AreEqual(0, report.LabelsDiffering);
        Assert.IsLessThan(1e-5, report.MaxAbsDifference);
        Assert.AreEqual(new FileInfo(report.File).Length, report.Bytes);
    }

    [TestMethod]
    public void ExportOnnx_NoSampleRows_WritesNothing()
    {
        using var folder = new TemporaryFolder();
        var none = Ml.Data.SkipRows(Digits.TestView(Ml), Digits.TestRows);
        Assert.ThrowsExactly<OnnxParityException>(() => Ml.Unlearning.ExportOnnx(Model, none, folder.File("model.onnx")));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ExportOnnx_DisposedModel_ThrowsAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        var model = Model.Unlearn(Ml, Digits.TrainView(Ml), [Digits.Train[0].RowId]);
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => Ml.Unlearning.ExportOnnx(model, Digits.TestView(Ml), folder.File("model.onnx")));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }
}
