using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Data;
using MLNetUnlearning.Tests.Tasks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tests.Attribution;

[TestClass]
public sealed class ForgottenScoreTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TransformerChain<KeyToValueMappingTransformer> Model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
    private static readonly long[] Forget = [.. Digits.Train.Where(row => row.Digit == "d3").Take(8).Select(row => row.RowId)];
    private static readonly IDataView Test = Ml.Data.TakeRows(Digits.TestView(Ml), 60);

    [TestMethod]
    public void Transform_AnyRows_EqualsDatamodelDirectBitForBit()
    {
        foreach (var view in new[] { Test, Digits.TrainView(Ml) })
        {
            using var preview = Ml.Unlearning.PredictForgotten(Model, Digits.TrainView(Ml), Forget, new() { Multiplier = 1.5 }).Fit(Test);
            var actual = Vectors(preview.Transform(view), "PredictedScore");

            using var scope = NewDisposeScope();
            var network = Model.OfType<NeuralNetworkTransformer>().Single();
            var prefix = new TransformerChain<ITransformer>(Model.First(), Model.ElementAt(1));
            using var train = new RowReader(network.Options.Columns, network.Task).Read(prefix.Transform(Digits.TrainView(Ml)));
            using var scored = new RowReader(network.Options.Columns, network.Task).Read(prefix.Transform(view));
            using var models = network.Scorer.With(deployed => deployed.ToStack());
            var context = new UnlearningContext { Models = models, Rows = train.Rows, Attributor = network.State!.Attributor };
            using var outcome = new DatamodelDirect(new() { Multiplier = 1.5 }).Unlearn(new UnlearningRequest { ForgetRowIds = Forget }, context);
            // In the order in which the transformer met them.
            long[] order = [.. view.GetColumn<long>("RowId")];
            var features = scored.Rows.Features.index_select(0, tensor(order.Select(id => (long)scored.Rows.IndexOf(id)).ToArray()).clone());
            using var logits = outcome.Logits(features, [.. order.Select(id => train.Rows.IndexOf(id) < 0 ? null : (long?)id)]);
            float[] expected = [.. logits[0].softmax(1).contiguous().data<float>()];
            CollectionAssert.AreEqual(expected, order.SelectMany(id => actual[id]).ToArray());
        }
    }

    [TestMethod]
    public void Transform_LeavesTheModelAndItsScores()
    {
        using var preview = Ml.Unlearning.PredictForgotten(Model, Digits.TrainView(Ml), Forget).Fit(Test);
        var scored = preview.Transform(Test);
        Views.AreEqual(Model.Scores(Test), Views.Scores(scored));
        Assert.AreEqual(scored.Schema["Score"].Type, scored.Schema["PredictedScore"].Type);
        CollectionAssert.AreEqual(scored.Schema["Score"].Texts("SlotNames"), scored.Schema["PredictedScore"].Texts("SlotNames"));
        Assert.HasCount(Digits.TrainRows, Model.OfType<NeuralNetworkTransformer>().Single().RowIds);
    }

    [TestMethod]
    public void Transform_AttributionWithoutVariance_HasNoIntervals()
    {
        using var preview = Ml.Unlearning.PredictForgotten(Model, Digits.TrainView(Ml), Forget).Fit(Test);
        Assert.IsFalse(preview.HasIntervals);
        Assert.IsNull(preview.Coverage);
        var scored = preview.Transform(Test);
        Assert.IsTrue(Vectors(scored, "PredictedScoreLower").Values.Concat(Vectors(scored, "PredictedScoreUpper").Values).All(row => row.All(float.IsNaN)));
    }

    [TestMethod]
    public void Transform_GaussianProcess_HasIntervalsAroundTheScores()
    {
        var options = Digits.SmallOptions();
        options.Bank = new ModelBankOptions { Members = 12, FullMembers = 3 };
        options.LearningRate = 0.05;
        options.Attribution = new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = new() { ProjectionSize = 3, MaxMembers = 3 }, MaxRows = 200 } };
        using var model = Digits.Pipeline(Ml, options).Fit(Digits.TrainView(Ml));
        using var preview = Ml.Unlearning.PredictForgotten(model, Digits.TrainView(Ml), Forget).Fit(Test);
        Assert.IsTrue(preview.HasIntervals);
        Assert.IsNotNull(preview.Coverage);
        var scored = preview.Transform(Test);
        var (scores, lower, upper) = (Vectors(scored, "PredictedScore"), Vectors(scored, "PredictedScoreLower"), Vectors(scored, "PredictedScoreUpper"));
        foreach (var (id, row) in scores)
        {
            for (int i = 0; i < row.Length; i++)
            {
                Assert.IsTrue(lower[id][i] >= 0 && lower[id][i] <= row[i] + 1e-6f && row[i] <= upper[id][i] + 1e-6f && upper[id][i] <= 1, $"row {id}, class {i}");
            }
        }

        Assert.IsTrue(scores.Any(row => upper[row.Key].Zip(lower[row.Key]).Any(ends => ends.First - ends.Second > 1e-3f)));
    }

    /// <summary>
    /// Forgetting mislabelled rows turns what the model says of them. Mean over networks really retrained without the rows; the bound is on the squared error relative to that of doing nothing.
    /// </summary>
    [TestMethod]
    public void Transform_MislabelledRows_ComesCloserToRetrainingThanDoingNothing()
    {
        const int Models = 6;
        long[] forget = [.. BinaryData.Mislabelled];
        var rows = Ml.Data.LoadFromEnumerable(BinaryData.Train.Where(row => forget.Contains(row.RowId)));
        var left = Ml.Data.LoadFromEnumerable(BinaryData.Train.Where(row => !forget.Contains(row.RowId)));
        var attribution = BinaryData.SmallOptions();
        attribution.LearningRate = 0.05;
        using var model = BinaryData.Pipeline(Ml, attribution).Fit(BinaryData.TrainView(Ml));
        using var preview = Ml.Unlearning.PredictForgotten(model, BinaryData.TrainView(Ml), forget).Fit(rows);
        var scored = preview.Transform(rows);
        float[] now = [.. scored.GetColumn<float>("Score")], predicted = [.. scored.GetColumn<float>("PredictedScore")], truth = new float[now.Length];
        for (ulong seed = 0; seed < Models; seed++)
        {
            var options = BinaryData.SmallOptions(rowId: null);
            (options.Seed, options.LearningRate) = (100 + seed, 0.05);
            using var retrained = BinaryData.Pipeline(Ml, options).Fit(left);
            truth = [.. truth.Zip(retrained.Transform(rows).GetColumn<float>("Score"), (sum, score) => sum + (score / Models))];
        }

        double ratio = Error(predicted, truth) / Error(now, truth);
        Console.WriteLine($"{forget.Length} rows; squared error of the preview over that of doing nothing: {ratio:f3}");
        Assert.IsLessThan(0.7, ratio);
    }

    [TestMethod]
    public void Transform_TestRowsNumberedLikeForgottenOnes_ArePredictedAsWhatTheyAre()
    {
        using var preview = Ml.Unlearning.PredictForgotten(Model, Digits.TrainView(Ml), Forget).Fit(Test);
        var renumbered = Digits.Test.Take(Forget.Length).Select((row, i) => new DigitRow { RowId = Forget[i], Pixels = row.Pixels, Digit = row.Digit }).ToArray();
        var expected = Vectors(preview.Transform(Ml.Data.LoadFromEnumerable(Digits.Test.Take(Forget.Length))), "PredictedScore");
        var actual = Vectors(preview.Transform(Ml.Data.LoadFromEnumerable(renumbered)), "PredictedScore");
        for (int i = 0; i < Forget.Length; i++)
        {
            CollectionAssert.AreEqual(expected[Digits.Test[i].RowId], actual[Forget[i]]);
        }
    }

    [TestMethod]
    public void PredictionEngine_OneRow_EqualsTheBatch()
    {
        using var preview = Ml.Unlearning.PredictForgotten(Model, Digits.TrainView(Ml), Forget).Fit(Test);
        using var engine = Ml.Model.CreatePredictionEngine<DigitRow, PreviewedDigit>(preview, new PredictionEngineOptions { OwnsTransformer = false });
        float[] batch = Vectors(preview.Transform(Test), "PredictedScore")[Digits.Test[2].RowId], one = engine.Predict(Digits.Test[2]).PredictedScore;
        for (int i = 0; i < batch.Length; i++)
        {
            Assert.AreEqual(batch[i], one[i], 1e-5f);
        }
    }

    [TestMethod]
    public void Fit_BadRequest_IsRefused()
    {
        RowDataException Refused(params long[] ids) => Assert.ThrowsExactly<RowDataException>(() => Ml.Unlearning.PredictForgotten(Model, Digits.TrainView(Ml), ids).Fit(Test));
        Assert.AreEqual(-5, Refused(-5).RowId);
        StringAssert.Contains(Refused().Message, "no row");
        StringAssert.Contains(Refused(Forget[0], Forget[0]).Message, "more than once");
        StringAssert.Contains(Refused([.. Digits.Train.Where(row => row.Digit == "d7").Select(row => row.RowId)]).Message, "all");
    }

    [TestMethod]
    public void Transform_ModelDisposed_Throws()
    {
        var model = Digits.Pipeline(Ml).Fit(Digits.TrainView(Ml));
        using var preview = Ml.Unlearning.PredictForgotten(model, Digits.TrainView(Ml), Forget).Fit(Test);
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => preview.Transform(Test));
    }

    private static double Error(float[] values, float[] truth) => values.Zip(truth, (value, target) => Math.Pow(value - target, 2)).Sum();

    private static Dictionary<long, float[]> Vectors(IDataView view, string column) =>
        view.GetColumn<long>("RowId").Zip(view.GetColumn<float[]>(column)).ToDictionary(pair => pair.First, pair => pair.Second);
}
