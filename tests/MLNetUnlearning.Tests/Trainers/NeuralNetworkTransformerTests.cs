using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Tests.Tasks;
using MLNetUnlearning.Trainers;
using TorchSharp;

namespace MLNetUnlearning.Tests.Trainers;

[TestClass]
public sealed class NeuralNetworkTransformerTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));

    [TestMethod]
    public void GetOutputSchema_BesideStockTrainer_HasTheSameColumnsAndAnnotations()
    {
        var prefix = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(Ml.Transforms.CopyColumns("Features", "Pixels")).Fit(Digits.TrainView(Ml));
        var data = prefix.Transform(Digits.TrainView(Ml));
        var stock = Ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new Microsoft.ML.Trainers.SdcaMaximumEntropyMulticlassTrainer.Options { MaximumNumberOfIterations = 1 }).Fit(data).GetOutputSchema(data.Schema);
        using var model = Ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions(null)).Fit(data);
        var ours = model.GetOutputSchema(data.Schema);
        SchemaAssert.SameColumns(stock, ours, "Score", "PredictedLabel");
        CollectionAssert.AreEqual(stock["PredictedLabel"].Texts("KeyValues"), ours["PredictedLabel"].Texts("KeyValues"));
        CollectionAssert.AreEqual(stock["Score"].Texts("SlotNames"), ours["Score"].Texts("SlotNames"));
    }

    [TestMethod]
    public void Transform_Scores_AreProbabilities()
    {
        foreach (float[] scores in Model.Scores(Digits.TestView(Ml)).Values)
        {
            Assert.AreEqual(1f, scores.Sum(), 1e-5f);
            Assert.IsGreaterThanOrEqualTo(0f, scores.Min());
        }
    }

    [TestMethod]
    public void Transform_ShuffledCachedAndParallelCursors_AgreeWithPlainOne()
    {
        // Another order puts a row at another place of a block, where vectorised kernels may round differently.
        const float Tolerance = 1e-6f;
        var test = Digits.TestView(Ml);
        var expected = Model.Scores(test);
        Views.AreEqual(expected, Model.Scores(Ml.Data.ShuffleRows(test, seed: 7)), Tolerance);
        Views.AreEqual(expected, Model.Scores(Ml.Data.Cache(test)), Tolerance);
        Views.AreEqual(expected, Views.Scores(Ml.Data.Cache(Model.Transform(test))), Tolerance);

        var scored = Model.Transform(test);
        var parallel = new SortedDictionary<long, float[]>();
        Parallel.ForEach(scored.GetRowCursorSet(scored.Schema, 4), cursor =>
        {
            var part = new SortedDictionary<long, float[]>();
            using (cursor)
            {
                Views.Collect(cursor, part);
            }

            lock (parallel)
            {
                foreach (var (id, scores) in part)
                {
                    parallel.Add(id, scores);
                }
            }
        });
        Views.AreEqual(expected, parallel, Tolerance);
    }

    [TestMethod]
    public void CreatePredictionEngine_RowByRow_AgreesWithTransform()
    {
        // A batch of one and a batch of 256 sum in different orders.
        const float Tolerance = 1e-5f;
        var expected = Model.Scores(Digits.TestView(Ml));
        using var engine = Ml.Model.CreatePredictionEngine<DigitRow, ScoredDigit>(Model, new PredictionEngineOptions { OwnsTransformer = false });
        int correct = 0;
        foreach (var row in Digits.Test)
        {
            var prediction = engine.Predict(row);
            CollectionAssert.AreEqual(expected[row.RowId], prediction.Score, Comparer<float>.Create((a, b) => Math.Abs(a - b) <= Tolerance ? 0 : a.CompareTo(b)));
            Assert.AreEqual(prediction.Score.Max(), prediction.Score[prediction.PredictedLabel - 1]);
            correct += prediction.PredictedDigit == row.Digit ? 1 : 0;
        }

        Assert.IsGreaterThan(0.8, correct / (double)Digits.Test.Length);
    }

    [TestMethod]
    public void Transform_NaNFeature_GivesNaNScoresAndMissingLabel()
    {
        var rows = new[] { new DigitRow { RowId = 1, Digit = "d1", Pixels = [.. Enumerable.Repeat(float.NaN, 64)] }, Digits.Test[0] };
        var scored = Ml.Data.CreateEnumerable<ScoredDigit>(Model.Transform(Ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false).ToArray();
        Assert.IsTrue(scored[0].Score.All(float.IsNaN));
        Assert.AreEqual(0u, scored[0].PredictedLabel);
        Assert.IsFalse(scored[1].Score.Any(float.IsNaN));
    }

    [TestMethod]
    public void Transform_WrongNumberOfFeatures_NamesColumn()
    {
        using var model = Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(Ml.Transforms.CopyColumns("Features", "Pixels"))
            .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions(null))).Fit(Digits.TrainView(Ml));
        var narrow = Ml.Data.LoadFromEnumerable([new NarrowRow { Features = new float[3] }]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.LastTransformer.Transform(narrow)).Message, "'Features'");
    }

    [TestMethod]
    public void PermutationFeatureImportance_OnOurModel_RanksPixels()
    {
        var data = Model.Transform(Ml.Data.TakeRows(Digits.TestView(Ml), 50));
        var importance = Ml.MulticlassClassification.PermutationFeatureImportance((ISingleFeaturePredictionTransformer<object>)Network(Model), data);
        Assert.HasCount(64, importance);
        Assert.IsTrue(importance.Any(metric => metric.MicroAccuracy.Mean < 0));
    }

    [TestMethod]
    public void Dispose_ThenUse_ThrowsObjectDisposedException()
    {
        var model = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Digits.TrainView(Ml));
        // The network's own view: around a whole chain ML.NET reads ahead on threads of its own.
        var view = Network(model).Transform(model.First().Transform(model.ElementAt(1).Transform(Digits.TestView(Ml))));
        using var open = view.GetRowCursor(view.Schema);
        Assert.IsTrue(open.MoveNext());
        using var engine = Ml.Model.CreatePredictionEngine<DigitRow, ScoredDigit>(model, new PredictionEngineOptions { OwnsTransformer = false });
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Transform(Digits.TestView(Ml)));
        Assert.ThrowsExactly<ObjectDisposedException>(() => Network(model).Model);
        Assert.ThrowsExactly<ObjectDisposedException>(() => engine.Predict(Digits.Test[0]));
        Assert.ThrowsExactly<ObjectDisposedException>(() =>
        {
            while (open.MoveNext())
            {
            }
        });
    }

    [TestMethod]
    public void Dispose_WhileOthersScore_NeverCrashes()
    {
        for (int round = 0; round < 5; round++)
        {
            var model = Digits.Pipeline(Ml, Digits.SmallOptions(null)).Fit(Ml.Data.TakeRows(Digits.TrainView(Ml), 100));
            var view = Network(model).Transform(model.First().Transform(model.ElementAt(1).Transform(Digits.TestView(Ml))));
            int refused = 0;
            var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                try
                {
                    while (true)
                    {
                        Views.Scores(view);
                    }
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref refused);
                }
            })).ToArray();
            Thread.Sleep(20);
            model.Dispose();
            Task.WaitAll(readers);
            Assert.AreEqual(3, refused);
        }
    }

    [TestMethod]
    public void Transform_TwentyPasses_LeaksNoTensor()
    {
        Model.Scores(Digits.TestView(Ml));
        // Finalizers of models that other tests dropped must not hide a leak.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        for (int pass = 0; pass < 20; pass++)
        {
            Model.Scores(Digits.TestView(Ml));
        }

        Assert.AreEqual(before, torch.Tensor.TotalCount);
    }

    [TestMethod]
    public void Transform_NoScoreAsked_RunsNoNetwork()
    {
        var rows = new[] { new DigitRow { RowId = 3, Digit = "d1", Pixels = [.. Enumerable.Repeat(1f, 64)] } };
        var view = Model.Transform(Ml.Data.LoadFromEnumerable(rows));
        using var cursor = view.GetRowCursor([view.Schema["RowId"]]);
        Assert.IsTrue(cursor.MoveNext());
        Assert.IsFalse(cursor.IsColumnActive(view.Schema["Score"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]));
    }

    private static NeuralNetworkTransformer Network(TransformerChain<KeyToValueMappingTransformer> model) => model.OfType<NeuralNetworkTransformer>().Single();

    private sealed class NarrowRow
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
