using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Tests.Tasks;

[TestClass]
public sealed class RegressionTaskTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<NeuralNetworkTransformer> Model = RegressionData.Pipeline(Ml).Fit(RegressionData.TrainView(Ml));

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void GetOutputSchema_BesideStockTrainer_HasTheSameColumnsAndAnnotations()
    {
        var data = Ml.Transforms.CopyColumns("Features", "Inputs").Fit(RegressionData.TrainView(Ml)).Transform(RegressionData.TrainView(Ml));
        var stock = Ml.Regression.Trainers.Sdca(maximumNumberOfIterations: 1).Fit(data).GetOutputSchema(data.Schema);
        SchemaAssert.SameColumns(stock, Model.LastTransformer.GetOutputSchema(data.Schema), "Score");
        Assert.IsNull(Model.LastTransformer.PredictedLabelColumnName);
        Assert.AreEqual(PredictionTask.Regression, Model.LastTransformer.Task);
    }

    [TestMethod]
    public void GetOutputSchema_BeforeFit_IsThatOfTheStockTrainerOrOfTheVectorOfLabels()
    {
        var shape = SchemaAssert.ShapeOf(RegressionData.TrainView(Ml));
        SchemaAssert.SameShape(Ml.Regression.Trainers.Sdca("Label", "Inputs").GetOutputSchema(shape), Ml.Regression.Trainers.NeuralNetwork("Label", "Inputs").GetOutputSchema(shape));
        SchemaAssert.SameShape(Ml.Transforms.CopyColumns("Score", "Labels").GetOutputSchema(shape), Ml.Regression.Trainers.NeuralNetwork("Labels", "Inputs").GetOutputSchema(shape));
    }

    [TestMethod]
    public void Fit_PricesThatNoLinearModelPredicts_BeatsTheMeanAndAStockTrainer()
    {
        var theirs = Ml.Regression.Evaluate(Ml.Transforms.NormalizeMeanVariance("Features", "Inputs").Append(Ml.Regression.Trainers.Sdca()).Fit(RegressionData.CleanView(Ml)).Transform(RegressionData.TestView(Ml)));
        using var model = RegressionData.Pipeline(Ml, RegressionData.SmallOptions(null)).Fit(RegressionData.CleanView(Ml));
        var ours = Ml.Regression.Evaluate(model.Transform(RegressionData.TestView(Ml)));
        TestContext.WriteLine($"R² {ours.RSquared:f3}, stock {theirs.RSquared:f3}, mean 0");
        Assert.IsGreaterThan(0.9, ours.RSquared);
        Assert.IsGreaterThan(theirs.RSquared + 0.1, ours.RSquared);
    }

    [TestMethod]
    public void Fit_RowsInAnotherOrder_GivesTheSameBits()
    {
        var options = RegressionData.SmallOptions();
        options.Epochs = 3;
        options.Bank.Members = 0;
        options.Bank.FullMembers = 1;
        var trainer = Ml.Regression.Trainers.NeuralNetwork(options);
        IDataView Prepared(IEnumerable<RegressionRow> rows) => Ml.Transforms.CopyColumns("Features", "Inputs").Fit(RegressionData.TrainView(Ml)).Transform(Ml.Data.LoadFromEnumerable(rows));
        using var forwards = trainer.Fit(Prepared(RegressionData.Train));
        using var backwards = trainer.Fit(Prepared(RegressionData.Train.Reverse()));
        Views.AreEqual(forwards.Scores(Prepared(RegressionData.Test)), backwards.Scores(Prepared(RegressionData.Test)));
    }

    [TestMethod]
    public void CrossValidate_UnlearningPipeline_EvaluatesEveryFold()
    {
        var folds = Ml.Regression.CrossValidate(RegressionData.TrainView(Ml), RegressionData.Pipeline(Ml).Unlearn(Ml, RegressionData.Spoiled), numberOfFolds: 2);
        foreach (var fold in folds)
        {
            Assert.IsTrue(double.IsFinite(fold.Metrics.RSquared));
            using var network = ((TransformerChain<NeuralNetworkTransformer>)fold.Model).LastTransformer;
            Assert.IsEmpty(network.RowIds.Intersect(RegressionData.Spoiled));
            var test = Ml.Regression.Evaluate(fold.Model.Transform(RegressionData.TestView(Ml)));
            Assert.IsGreaterThan(0.5, test.RSquared);
        }
    }

    /// <summary>
    /// A linear network trained to convergence, its rows forgotten in closed form, against one trained without them and against ridge regression solved in double precision: relative error of the scores at most
    /// 1e-6. Labels are not scaled: retraining would scale them by other rows.
    /// </summary>
    [TestMethod]
    public void Unlearn_LinearModelInClosedForm_EqualsExactRetraining()
    {
        var options = new NeuralNetworkRegressionOptions
        {
            FeatureColumnName = "Inputs",
            ScaleLabels = false,
            Network = NetworkSpec.Linear(),
            Epochs = 600,
            BatchSize = RegressionData.Train.Length,
            LearningRate = 0.5,
            Schedule = LearningRateSchedule.Cosine,
            WeightDecay = 1e-2,
            Seed = 5,
            Bank = new ModelBankOptions { Members = 0, FullMembers = 1 },
        };
        RegressionRow[] train = [.. RegressionData.Train.Select(row => new RegressionRow { RowId = row.RowId, Inputs = row.Inputs, Label = (row.Label - 200_000) / 50_000 })];
        IDataView View(IEnumerable<RegressionRow> rows) => Ml.Data.LoadFromEnumerable(rows);
        var trainer = Ml.Regression.Trainers.NeuralNetwork(options);
        using var original = trainer.Fit(View(train));
        using var retrained = trainer.Fit(View(train.Where(row => !RegressionData.Spoiled.Contains(row.RowId))));
        using var unlearned = original.Unlearn(Ml, View(train), RegressionData.Spoiled, new ExactDeletionOptions());
        var expected = Ridge([.. train.Where(row => !RegressionData.Spoiled.Contains(row.RowId))], 1e-2);
        double Error(Func<RegressionRow, double> scores, Func<RegressionRow, double> truth) =>
            Math.Sqrt(RegressionData.Test.Sum(row => Math.Pow(scores(row) - truth(row), 2)) / RegressionData.Test.Sum(row => Math.Pow(truth(row), 2)));
        Func<RegressionRow, double> Scored(ITransformer model) => model.Scores(View(RegressionData.Test)) is var scores ? row => scores[row.RowId][0] : _ => double.NaN;
        double toRidge = Error(Scored(unlearned), expected), toRetrained = Error(Scored(unlearned), Scored(retrained)), nothing = Error(Scored(original), expected);
        TestContext.WriteLine($"relative error to ridge regression {toRidge:g2}, to the retrained network {toRetrained:g2}; do nothing {nothing:g2}");
        Assert.IsLessThan(1e-6, toRidge);
        Assert.IsLessThan(1e-6, toRetrained);
        Assert.IsGreaterThan(1e-2, nothing);
    }

    [TestMethod]
    public void Unlearn_MethodsOfClasses_AreRefusedByName()
    {
        var train = RegressionData.TrainView(Ml);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Model.Unlearn(Ml, train, RegressionData.Spoiled, new ScrubOptions())).Message, "'scrub' needs classes");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Model.Unlearn(Ml, train, RegressionData.Spoiled, new ExactDeletionOptions())).Message, "linear networks");
        var result = Ml.Unlearning.Unlearn(Model, train, new UnlearningRequest { ForgetRowIds = RegressionData.Spoiled }, new DoNothingOptions());
        using var unlearned = result.Model;
        CollectionAssert.Contains(result.PreprocessingFittedOnForgottenRows.ToArray(), "label scaling of the network");
    }

    [TestMethod]
    public void Fit_LabelOfAnotherTypeOrNotFinite_NamesColumnRowAndRemedy()
    {
        var words = Ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.String).Append(RegressionData.Pipeline(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => words.Fit(RegressionData.TrainView(Ml))).Message, "labels of a regression must be Single");
        var keys = Ml.Transforms.Conversion.MapValueToKey("Label").Append(RegressionData.Pipeline(Ml));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => keys.Fit(RegressionData.TrainView(Ml))).Message, "'Label' is Key");
        RegressionRow[] rows = [.. RegressionData.Train[..20], new() { RowId = 99, Inputs = new float[RegressionData.FeatureCount], Label = float.NaN, Labels = [1, float.PositiveInfinity, 2] }];
        var one = Assert.ThrowsExactly<RowDataException>(() => RegressionData.Pipeline(Ml).Fit(Ml.Data.LoadFromEnumerable(rows)));
        Assert.AreEqual((99L, "Label"), (one.RowId, one.Column));
        var several = Assert.ThrowsExactly<RowDataException>(() => RegressionData.Pipeline(Ml, RegressionData.SmallOptions(label: "Labels")).Fit(Ml.Data.LoadFromEnumerable(rows)));
        Assert.AreEqual((99L, "Labels"), (several.RowId, several.Column));
    }

    [TestMethod]
    public void Unlearn_DataWithAnotherNumberOfValues_NamesTheColumn()
    {
        var options = RegressionData.SmallOptions(label: "Labels");
        options.Epochs = 1;
        options.Bank.FullMembers = 1;
        options.Bank.Members = 0;
        using var model = RegressionData.Pipeline(Ml, options).Fit(RegressionData.TrainView(Ml));
        var two = Ml.Data.LoadFromEnumerable(RegressionData.Train.Select(row => new TwoLabels { RowId = row.RowId, Inputs = row.Inputs, Labels = [1, 2] }));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.Unlearn(Ml, two, RegressionData.Spoiled)).Message, "'Labels' has 2 values");
    }

    [TestMethod]
    public void EvaluateOutputs_SeveralOutputs_AreThoseOfTheStockEvaluator()
    {
        var rows = Ml.Data.LoadFromEnumerable([new Vectors { Label = [1, 10], Score = [1, 14] }, new Vectors { Label = [3, 20], Score = [2, 20] }]);
        var metrics = Ml.Regression.EvaluateOutputs(rows);
        Assert.HasCount(2, metrics);
        Assert.AreEqual(0.5, metrics[0].MeanAbsoluteError, 1e-9);
        Assert.AreEqual(2, metrics[1].MeanAbsoluteError, 1e-9);
        Assert.AreEqual(1 - (16.0 / 50), metrics[1].RSquared, 1e-9);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Regression.EvaluateOutputs(rows, "Nothing")).Message, "'Nothing'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Regression.EvaluateOutputs(Model.Transform(RegressionData.TestView(Ml)))).Message, "Evaluate");
    }

    [TestMethod]
    public void Save_OtherColumnName_KeepsItAndARowsOwnScore()
    {
        var options = RegressionData.SmallOptions(null);
        (options.ScoreColumnName, options.Epochs) = ("Price", 2);
        using var model = RegressionData.Pipeline(Ml, options).Fit(RegressionData.TrainView(Ml));
        using var folder = new TemporaryFolder();
        Ml.Model.Save(model, RegressionData.TrainView(Ml).Schema, folder.File("model.zip"));
        var stock = Ml.Model.Load(folder.File("model.zip"), out _);
        using var owner = (IDisposable)stock;
        IDataView ours = model.Transform(RegressionData.TestView(Ml)), theirs = stock.Transform(RegressionData.TestView(Ml));
        CollectionAssert.AreEqual(ours.Schema.Select(column => column.Name).ToArray(), theirs.Schema.Select(column => column.Name).ToArray());
        foreach (var (mine, other) in ours.GetColumn<float>("Price").Zip(theirs.GetColumn<float>("Price")))
        {
            Assert.AreEqual(mine, other, 1);
        }
    }

    /// <summary>Ridge regression by the normal equations in double precision, the bias with a ridge like the weights; Gaussian elimination.</summary>
    private static Func<RegressionRow, double> Ridge(RegressionRow[] rows, double decay)
    {
        const int Size = RegressionData.FeatureCount + 1;
        double[] Inputs(RegressionRow row) => [.. row.Inputs.Select(value => (double)value), 1];
        var system = new double[Size, Size + 1];
        foreach (var row in rows)
        {
            double[] x = Inputs(row);
            for (int i = 0; i < Size; i++)
            {
                for (int j = 0; j < Size; j++)
                {
                    system[i, j] += x[i] * x[j];
                }

                system[i, Size] += x[i] * row.Label;
            }
        }

        for (int i = 0; i < Size; i++)
        {
            system[i, i] += decay * rows.Length;
        }

        for (int pivot = 0; pivot < Size; pivot++)
        {
            for (int i = 0; i < Size; i++)
            {
                double factor = system[i, pivot] / system[pivot, pivot];
                for (int j = pivot; j <= Size && i != pivot; j++)
                {
                    system[i, j] -= factor * system[pivot, j];
                }
            }
        }

        return row => Inputs(row).Select((value, i) => value * system[i, Size] / system[i, i]).Sum();
    }

    private sealed class TwoLabels
    {
        public long RowId { get; set; }

        [VectorType(RegressionData.FeatureCount)]
        public float[] Inputs { get; set; } = [];

        [VectorType(2)]
        public float[] Labels { get; set; } = [];
    }

    private sealed class Vectors
    {
        [VectorType(2)]
        public float[] Label { get; set; } = [];

        [VectorType(2)]
        public float[] Score { get; set; } = [];
    }
}
