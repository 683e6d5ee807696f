using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;

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

    [TestMethod]
    public void Transform_Rows_GiveOddsProbabilityAndDecisionThatAgree()
    {
        foreach (var row in BinaryData.Score(Ml, Model, BinaryData.TestView(Ml)))
        {
            Assert.AreEqual(1 / (1 + Math.Exp(-row.Score)), row.Probability, 1e-6);
            Assert.AreEqual(row.Score > 0, row.PredictedLabel);
        }

        var missing = new BinaryRow { RowId = 1, Inputs = [.. Enumerable.Repeat(float.NaN, BinaryData.FeatureCount)] };
        var scored = BinaryData.Score(Ml, Model, Ml.Data.LoadFromEnumerable([missing])).Single();
        Assert.IsTrue(float.IsNaN(scored.Score) && float.IsNaN(scored.Probability) && !scored.PredictedLabel);
    }

    [TestMethod]
    public void CrossValidate_UnlearningPipeline_EvaluatesEveryFold()
    {
        var folds = Ml.BinaryClassification.CrossValidate(BinaryData.TrainView(Ml), BinaryData.Pipeline(Ml).Unlearn(Ml, BinaryData.Mislabelled), numberOfFolds: 2);
        foreach (var fold in folds)
        {
            Assert.IsGreaterThan(0.7, fold.Metrics.Accuracy);
            using var network = ((TransformerChain<NeuralNetworkTransformer>)fold.Model).LastTransformer;
            Assert.IsEmpty(network.RowIds.Intersect(BinaryData.Mislabelled));
        }
    }

    [TestMethod]
    public void Save_OtherColumnNames_KeepsThemAndTheRowsOwnColumns()
    {
        var options = BinaryData.SmallOptions(null);
        (options.ScoreColumnName, options.ProbabilityColumnName, options.PredictedLabelColumnName, options.Epochs) = ("Odds", "Chance", "Verdict", 2);
        using var model = BinaryData.Pipeline(Ml, options).Fit(BinaryData.TrainView(Ml));
        using var folder = new TemporaryFolder();
        Ml.Model.Save(model, BinaryData.TrainView(Ml).Schema, folder.File("model.zip"));
        var stock = Ml.Model.Load(folder.File("model.zip"), out _);
        using var owner = (IDisposable)stock;
        IDataView ours = model.Transform(BinaryData.TestView(Ml)), theirs = stock.Transform(BinaryData.TestView(Ml));
        CollectionAssert.AreEqual(ours.Schema.Select(column => column.Name).ToArray(), theirs.Schema.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(ours.GetColumn<bool>("Verdict").ToArray(), theirs.GetColumn<bool>("Verdict").ToArray());
        foreach (var (mine, other) in ours.GetColumn<float>("Chance").Zip(theirs.GetColumn<float>("Chance")))
        {
            Assert.AreEqual(mine, other, 1e-5f);
        }
    }

    [TestMethod]
    public void Fit_LabelOfAnotherType_NamesColumnAndRemedy()
    {
        var keys = Ml.Transforms.Conversion.MapValueToKey("Label").Append(BinaryData.Pipeline(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => keys.Fit(BinaryData.TrainView(Ml))).Message, "'Label' is Key");
        var numbers = Ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single).Append(BinaryData.Pipeline(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => numbers.Fit(BinaryData.TrainView(Ml))).Message, "must be Boolean");
        var trainer = Ml.BinaryClassification.Trainers.NeuralNetwork(BinaryData.SmallOptions(null));
        var converted = Ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single).Append(Ml.Transforms.CopyColumns("Features", "Inputs")).Fit(BinaryData.TrainView(Ml)).Transform(BinaryData.TrainView(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(converted)).Message, "must be Boolean");
    }

    [TestMethod]
    public void NeuralNetwork_OptionsOfAnotherTaskOrColumnsOfOneName_AreRefused()
    {
        NeuralNetworkOptions binary = BinaryData.SmallOptions();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.MulticlassClassification.Trainers.NeuralNetwork(binary)).Message, "BinaryClassification");
        var options = BinaryData.SmallOptions();
        options.ProbabilityColumnName = options.ScoreColumnName;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.BinaryClassification.Trainers.NeuralNetwork(options)).Message, "'Score'");
    }
}
