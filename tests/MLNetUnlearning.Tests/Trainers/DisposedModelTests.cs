using Microsoft.ML;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Tests.Trainers;

/// <summary>Whatever is asked of a model that was disposed is one clear error, and not a crash in native code or a file that is half written.</summary>
[TestClass]
public sealed class DisposedModelTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly long[] Forget = [Digits.Train[3].RowId];

    [TestMethod]
    public void AnyCall_OnADisposedModel_ThrowsObjectDisposedException()
    {
        using var folder = new TemporaryFolder();
        IDataView train = Digits.TrainView(Ml), test = Digits.TestView(Ml);
        var model = Digits.Pipeline(Ml, Digits.SmallOptions()).Fit(train);
        var result = Ml.Unlearning.Unlearn(model, train, new UnlearningRequest { ForgetRowIds = Forget }, Digits.Matching());
        var influences = Ml.Unlearning.Attribute(model, train);
        var preview = Ml.Unlearning.PredictForgotten(model, train, Forget);
        result.Model.Dispose();
        model.Dispose();

        (string Name, Action Call)[] calls =
        [
            ("Transform", () => model.Transform(test)),
            ("CreatePredictionEngine", () => Ml.Model.CreatePredictionEngine<DigitRow, ScoredDigit>(model).Predict(Digits.Test[0])),
            ("Model.Save", () => Ml.Model.Save(model, train.Schema, folder.File("stock.zip"))),
            ("Save", () => Ml.Unlearning.Save(model, train.Schema, folder.File("model.zip"))),
            ("Unlearn", () => model.Unlearn(Ml, train, Forget)),
            ("Unlearn by retraining", () => model.Unlearn(Ml, train, Forget, new RetrainOptions())),
            ("CalibrateStep", () => Ml.Unlearning.CalibrateStep(model, train)),
            ("FitAttribution", () => Ml.Unlearning.FitAttribution(model, train, new GaussNewtonInfluenceOptions())),
            ("Attribute", () => Ml.Unlearning.Attribute(model, train).Fit(test)),
            ("Attribute, made before", () => influences.Fit(test)),
            ("PredictForgotten", () => Ml.Unlearning.PredictForgotten(model, train, Forget).Fit(test)),
            ("PredictForgotten, made before", () => preview.Fit(test)),
            ("Verify", () => Ml.Unlearning.Verify(result, train, test, new VerificationOptions { Oracles = 20 })),
            ("Audit", () => Ml.Unlearning.Audit(result, train, test)),
            ("ExportOnnx", () => Ml.Unlearning.ExportOnnx(model, test, folder.File("model.onnx"))),
        ];
        foreach (var (name, call) in calls)
        {
            var error = Assert.ThrowsExactly<ObjectDisposedException>(call, name);
            StringAssert.Contains(error.Message, nameof(NeuralNetworkTransformer), name);
        }

        // ML.NET's own Model.Save makes its file before it asks the model.
        string[] written = [.. Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path)!).Where(name => name != "stock.zip")];
        Assert.IsEmpty(written, "nothing is written");
    }
}
