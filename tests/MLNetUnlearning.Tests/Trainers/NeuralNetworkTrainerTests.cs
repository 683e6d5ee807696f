using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Trainers;

[TestClass]
public sealed class NeuralNetworkTrainerTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Fit_OnDigits_ClassifiesTestRows()
    {
        using var model = Digits.Pipeline(ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(ml));
        var metrics = ml.MulticlassClassification.Evaluate(model.Transform(Digits.TestView(ml)));
        Assert.IsGreaterThan(0.8, metrics.MicroAccuracy);
        Assert.IsLessThan(0.7, metrics.LogLoss);
    }

    [TestMethod]
    public void Fit_SameSeedAndShuffledRows_GivesSameBits()
    {
        using var first = Digits.Pipeline(ml).Fit(Digits.TrainView(ml));
        using var second = Digits.Pipeline(ml).Fit(ml.Data.ShuffleRows(Digits.TrainView(ml), seed: 3));
        Views.AreEqual(first.Scores(Digits.TestView(ml)), second.Scores(Digits.TestView(ml)));
    }

    [TestMethod]
    public void Fit_OtherSeed_GivesOtherModel()
    {
        var options = Digits.SmallOptions(null);
        using var first = Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml));
        options.Seed = 6;
        using var second = Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml));
        Assert.AreNotEqual(first.Scores(Digits.TestView(ml)).First().Value[0], second.Scores(Digits.TestView(ml)).First().Value[0]);
    }

    [TestMethod]
    public void Create_WithoutSeed_TakesItFromTheContext()
    {
        ulong Seed(int contextSeed)
        {
            var context = new MLContext(contextSeed);
            var options = Digits.SmallOptions(null);
            options.Seed = null;
            options.Epochs = 1;
            using var model = context.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(context.Transforms.CopyColumns("Features", "Pixels"))
                .Append(context.MulticlassClassification.Trainers.NeuralNetwork(options)).Fit(Digits.TrainView(context));
            return model.LastTransformer.Seed;
        }

        Assert.AreEqual(Seed(1), Seed(1));
        Assert.AreNotEqual(Seed(1), Seed(2));
    }

    [TestMethod]
    public void Fit_WithLogAndProgress_ReportsEveryEpochToBoth()
    {
        var lines = new List<string>();
        ml.Log += (_, e) => lines.Add(e.Message);
        var reports = new List<WorkProgress>();
        var options = Digits.SmallOptions(null);
        options.Progress = new Collector(reports);
        using var model = Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml));
        Assert.AreEqual(options.Epochs, reports.Count(report => report.Stage == "training"));
        Assert.AreEqual(options.Epochs, lines.Count(line => line.Contains("training: ", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_Cancelled_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var options = Digits.SmallOptions();
        options.CancellationToken = source.Token;
        Assert.ThrowsExactly<OperationCanceledException>(() => Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml)));
    }

    [TestMethod]
    public void Fit_WithoutRowIdColumn_GivesModelThatCannotUnlearn()
    {
        using var model = Digits.Pipeline(ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(ml));
        var network = model.OfType<MLNetUnlearning.Trainers.NeuralNetworkTransformer>().Single();
        Assert.IsFalse(network.CanUnlearn);
        Assert.IsNull(network.RowIdColumnName);
        Assert.IsEmpty(network.RowIds);
    }

    [TestMethod]
    public void CrossValidate_OnDigits_EvaluatesEveryFold()
    {
        var folds = ml.MulticlassClassification.CrossValidate(Digits.TrainView(ml), Digits.Pipeline(ml, Digits.SmallOptions(null)), numberOfFolds: 3);
        Assert.HasCount(3, folds);
        foreach (var fold in folds)
        {
            Assert.IsGreaterThan(0.7, fold.Metrics.MicroAccuracy);
            (fold.Model as IDisposable)?.Dispose();
        }
    }

    [TestMethod]
    public void GetOutputSchema_OwnColumnNames_NamesThem()
    {
        var options = Digits.SmallOptions();
        options.ScoreColumnName = "Probabilities";
        options.PredictedLabelColumnName = "Guess";
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(ml.Transforms.CopyColumns("Features", "Pixels"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(options)).Append(ml.Transforms.Conversion.MapKeyToValue("Back", "Guess"));
        using var model = pipeline.Fit(Digits.TrainView(ml));
        var schema = model.Transform(Digits.TestView(ml)).Schema;
        Assert.AreEqual(10, ((VectorDataViewType)schema["Probabilities"].Type).Size);
        Assert.AreEqual(TextDataViewType.Instance, schema["Back"].Type);
        Assert.IsNull(schema.GetColumnOrNull("Score"));
    }

    [TestMethod]
    public void Fit_ConvolutionalNetwork_Trains()
    {
        var options = Digits.SmallOptions(null);
        options.Network = NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 4, 8, 16);
        options.Epochs = 2;
        using var model = Digits.Pipeline(ml, options).Fit(Digits.TrainView(ml));
        Assert.HasCount(Digits.TestRows, model.Scores(Digits.TestView(ml)));
    }

    private sealed class Collector(List<WorkProgress> reports) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value) => reports.Add(value);
    }
}
