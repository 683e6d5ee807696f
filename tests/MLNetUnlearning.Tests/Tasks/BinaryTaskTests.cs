using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Tests.Tasks;

[TestClass]
public sealed class BinaryTaskTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<NeuralNetworkTransformer> Model = BinaryData.Pipeline(Ml).Fit(BinaryData.TrainView(Ml));

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void GetOutputSchema_BesideStockTrainer_HasTheSameColumnsAndAnnotations()
    {
        var data = Ml.Transforms.CopyColumns("Features", "Inputs").Fit(BinaryData.TrainView(Ml)).Transform(BinaryData.TrainView(Ml));
        var stock = Ml.BinaryClassification.Trainers.SdcaLogisticRegression(maximumNumberOfIterations: 1).Fit(data).GetOutputSchema(data.Schema);
        using var model = Ml.BinaryClassification.Trainers.NeuralNetwork(BinaryData.SmallOptions(null)).Fit(data);
        SchemaAssert.SameColumns(stock, model.GetOutputSchema(data.Schema), "PredictedLabel", "Score", "Probability");
    }

    [TestMethod]
    public void GetOutputSchema_BeforeFit_IsThatOfTheStockTrainer()
    {
        var shape = SchemaAssert.ShapeOf(BinaryData.TrainView(Ml));
        var ours = Ml.BinaryClassification.Trainers.NeuralNetwork("Label", "Inputs").GetOutputSchema(shape);
        SchemaAssert.SameShape(Ml.BinaryClassification.Trainers.SdcaLogisticRegression("Label", "Inputs").GetOutputSchema(shape), ours);
    }

    [TestMethod]
    public void Fit_RowsThatNoLinearModelTellsApart_BeatsTheMajorityAndAStockTrainer()
    {
        double majority = BinaryData.Test.Count(row => row.Label) / (double)BinaryData.Test.Length;
        majority = Math.Max(majority, 1 - majority);
        var stock = Ml.Transforms.NormalizeMeanVariance("Features", "Inputs").Append(Ml.BinaryClassification.Trainers.LdSvm(treeDepth: 4)).Fit(BinaryData.TrainView(Ml));
        var theirs = Ml.BinaryClassification.EvaluateNonCalibrated(stock.Transform(BinaryData.TestView(Ml)));
        var ours = Ml.BinaryClassification.Evaluate(Model.Transform(BinaryData.TestView(Ml)));
        TestContext.WriteLine($"accuracy {ours.Accuracy:f3}, stock {theirs.Accuracy:f3}, majority {majority:f3}; AUC {ours.AreaUnderRocCurve:f3}, log loss {ours.LogLoss:f3}");
        Assert.IsGreaterThan(majority + 0.2, ours.Accuracy);
        Assert.IsGreaterThan(theirs.Accuracy - 0.02, ours.Accuracy);
    }
}
