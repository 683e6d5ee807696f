using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Unlearning;

[TestClass]
public sealed class UnlearningEstimatorTests
{
    private static readonly long[] Forget = [.. Digits.Train[..12].Select(row => row.RowId)];
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Fit_OnPipeline_EqualsUnlearningTheFittedModel()
    {
        using TransformerChain<KeyToValueMappingTransformer> fitted = Digits.Pipeline(ml).Unlearn(ml, Forget).Fit(Digits.TrainView(ml));
        using var model = Digits.Pipeline(ml).Fit(Digits.TrainView(ml));
        using var unlearned = model.Unlearn(ml, Digits.TrainView(ml), Forget);
        // Two fits: the first attribution of a process can differ from later ones in the last bit of its float32 sums.
        Views.AreEqual(unlearned.Scores(Digits.TestView(ml)), fitted.Scores(Digits.TestView(ml)), 1e-5f);
    }

    [TestMethod]
    public void Append_OnTrainer_IsAnOrdinaryStep()
    {
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(ml.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions()).Unlearn(ml, Forget))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedDigit", "PredictedLabel"));
        using var model = pipeline.Fit(Digits.TrainView(ml));
        Assert.HasCount(Digits.TrainRows - Forget.Length, model.OfType<NeuralNetworkTransformer>().Single().RowIds);
        Assert.IsGreaterThan(0.8, ml.MulticlassClassification.Evaluate(model.Transform(Digits.TestView(ml))).MicroAccuracy);
    }

    [TestMethod]
    public void CrossValidate_OverUnlearningPipeline_EvaluatesEveryFold()
    {
        var folds = ml.MulticlassClassification.CrossValidate(Digits.TrainView(ml), Digits.Pipeline(ml).Unlearn(ml, Forget), numberOfFolds: 2);
        foreach (var fold in folds)
        {
            Assert.IsGreaterThan(0.7, fold.Metrics.MicroAccuracy);
            var network = ((TransformerChain<KeyToValueMappingTransformer>)fold.Model).OfType<NeuralNetworkTransformer>().Single();
            Assert.IsEmpty(network.RowIds.Intersect(Forget));
            network.Dispose();
        }
    }

    [TestMethod]
    public void Fit_NoneOfTheRowsThere_NamesOne()
    {
        long absent = Digits.Test[0].RowId;
        Assert.AreEqual(absent, Assert.ThrowsExactly<RowDataException>(() => Digits.Pipeline(ml).Unlearn(ml, [absent]).Fit(Digits.TrainView(ml))).RowId);
    }
}
