using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Tests.Tasks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Attribution;

/// <summary>Both previews on models of values: prices in the hundred thousands, and three outputs of different units.</summary>
[TestClass]
public sealed class RegressionPreviewTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly Lazy<TransformerChain<NeuralNetworkTransformer>> Prices = new(() => Train("Label")), Several = new(() => Train("Labels"));
    private static readonly IDataView Rows = RegressionData.TrainView(Ml), Test = RegressionData.TestView(Ml);

    /// <summary>
    /// Rows with wrong prices, and test rows of their corner, against the mean over models really trained without them. Controls: the price before the deletion, and intervals of half the width.
    /// </summary>
    [TestMethod]
    public void PredictForgotten_WrongPrices_IntervalsHoldTheRetrainedPrices()
    {
        const int Models = 6;
        long[] forget = [.. RegressionData.Spoiled];
        using var preview = Ml.Unlearning.PredictForgotten(Prices.Value, Rows, forget).Fit(Rows);
        Assert.IsTrue(preview.HasIntervals);
        var leaving = Ml.Data.LoadFromEnumerable(RegressionData.Train.Where(row => forget.Contains(row.RowId)));
        var before = new double[forget.Length];
        var truth = new double[forget.Length];
        for (ulong seed = 0; seed < Models; seed++)
        {
            // Pairs of equal seed: what is left of the difference is the deletion.
            before = Add(before, Retrained(Rows, 100 + seed), leaving);
            truth = Add(truth, Retrained(RegressionData.CleanView(Ml), 100 + seed), leaving);
        }

        var rows = Read(preview.Transform(leaving));
        double held = 0, heldBefore = 0, error = 0, nothing = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            double change = (truth[i] - before[i]) / Models, predicted = row.PredictedScore - row.Score;
            double half = (row.PredictedScoreUpper - row.PredictedScoreLower) / 2;
            Assert.AreEqual(row.PredictedScore, (row.PredictedScoreUpper + row.PredictedScoreLower) / 2, 1e-6 * row.PredictedScore, "in the unit of the labels, around the prediction");
            held += Math.Abs(change - predicted) <= half ? 1 : 0;
            heldBefore += Math.Abs(change) <= half ? 1 : 0;
            error += Math.Pow(change - predicted, 2);
            nothing += Math.Pow(change, 2);
        }

        Console.WriteLine($"{rows.Count} rows: held {held / rows.Count:f3}, around no change {heldBefore / rows.Count:f3}; squared error over that of no change {error / nothing:f3}");
        Assert.IsGreaterThanOrEqualTo(0.8, held / rows.Count);
        Assert.IsLessThan(0.5, heldBefore / rows.Count);
        Assert.IsLessThan(0.3, error / nothing);
    }

    [TestMethod]
    public void PredictForgotten_SeveralOutputs_HasAnIntervalForEachInItsUnit()
    {
        using var preview = Ml.Unlearning.PredictForgotten(Several.Value, Rows, RegressionData.Spoiled).Fit(Test);
        var scored = preview.Transform(Test);
        float[][] scores = [.. scored.GetColumn<float[]>("PredictedScore")], lower = [.. scored.GetColumn<float[]>("PredictedScoreLower")], upper = [.. scored.GetColumn<float[]>("PredictedScoreUpper")];
        Assert.HasCount(3, scores[0]);
        for (int output = 0; output < 3; output++)
        {
            double deviation = Deviation(scores.Select(row => (double)row[output]));
            double width = scores.Select((_, i) => upper[i][output] - lower[i][output]).Average();
            // Units differ by a factor of a hundred thousand.
            Assert.IsInRange(1e-4 * deviation, deviation, width, $"output {output}");
            Assert.IsTrue(scores.Select((row, i) => lower[i][output] < row[output] && row[output] < upper[i][output]).All(inside => inside), $"output {output}");
        }
    }

    public static IEnumerable<object?[]> Methods =>
        [[null], [new TrakOptions { MaxMembers = 3 }], [new ExactKernelOptions { MaxMembers = 2 }]];

    /// <summary>Rows of the corner raised what the model says there: their prices are too high by more than a deviation.</summary>
    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void Attribute_RowsOfTheCorner_AreRaisedByTheWrongPrices(IAttributorOptions? method)
    {
        var corner = Ml.Data.LoadFromEnumerable(RegressionData.Test.Where(row => row.Inputs[0] > 0.6 && row.Inputs[1] > 0.6));
        using var influence = Ml.Unlearning.Attribute(Prices.Value, Rows, new() { TopK = 10, Attribution = method }).Fit(corner);
        var scored = influence.Transform(corner);
        long[][] ids = [.. scored.GetColumn<long[]>("InfluentialRowIds")];
        float[][] scores = [.. scored.GetColumn<float[]>("InfluenceScores")];
        double share = ids.Average(row => row[..10].Count(RegressionData.Spoiled.Contains) / 10.0), chance = RegressionData.Spoiled.Length / (double)RegressionData.Train.Length;
        Console.WriteLine($"{ids.Length} rows; wrong prices among the ten that raised most: {share:f3}; of all rows {chance:f3}; the largest score {scores.Average(row => row[0]):f0}");
        Assert.IsGreaterThan(0.6, share);
        Assert.IsLessThan(0.15, chance);
        // In the unit of the labels: a hundred or more, not hundredths.
        Assert.IsInRange(100, 100_000, scores.Average(row => row[0]));
    }

    [TestMethod]
    public void Attribute_OutputOfSeveral_IsTheOneThatIsAskedFor()
    {
        float[][] Scores(int output)
        {
            using var influence = Ml.Unlearning.Attribute(Several.Value, Rows, new() { TopK = 5, Output = output }).Fit(Test);
            return [.. influence.Transform(Ml.Data.TakeRows(Test, 20)).GetColumn<float[]>("InfluenceScores")];
        }

        double[] sizes = [.. Enumerable.Range(0, 3).Select(output => Scores(output).Average(row => Math.Abs(row[0])))];
        Console.WriteLine($"largest scores of the outputs: {string.Join(", ", sizes)}");
        // Deviations are about 1.2, 1,300 and 0.003.
        Assert.IsGreaterThan(50 * sizes[0], sizes[1]);
        Assert.IsGreaterThan(50 * sizes[2], sizes[0]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Ml.Unlearning.Attribute(Several.Value, Rows, new() { Output = 3 })).Message, "output 3");
    }

    /// <summary>TRAK keeps a residual of every output; a file has to bring all of them back. What it predicts moves the scores of forgotten rows.</summary>
    [TestMethod]
    public void SaveAndLoad_SeveralOutputsWithTrak_ForgetsWithTheSameBits()
    {
        using var folder = new TemporaryFolder();
        using var model = Ml.Unlearning.FitAttribution(Several.Value, Rows, new TrakOptions { MaxMembers = 2, ProjectionSize = 8 });
        Ml.Unlearning.Save(model, Rows.Schema, folder.File("model.zip"));
        var loaded = Ml.Unlearning.Load(folder.File("model.zip"), out _);
        using var owner = (IDisposable)loaded;

        using var unlearned = model.Unlearn(Ml, Rows, RegressionData.Spoiled, seed: 3);
        var again = loaded.Unlearn(Ml, Rows, RegressionData.Spoiled, seed: 3);
        using var againOwner = (IDisposable)again;

        Views.AreEqual(unlearned.Scores(Rows), again.Scores(Rows));
        Assert.AreNotEqual(model.Scores(Rows)[RegressionData.Spoiled[0]][0], unlearned.Scores(Rows)[RegressionData.Spoiled[0]][0]);
    }

    /// <summary>One row after the other, from several engines at once, with the bits that one engine gives; beside the batch, whose products round otherwise.</summary>
    [TestMethod]
    public void PredictionEngines_AtOnce_GiveTheBitsOfOne()
    {
        using var preview = Ml.Unlearning.PredictForgotten(Prices.Value, Rows, RegressionData.Spoiled).Fit(Test);
        var batch = Read(preview.Transform(Test)).ToDictionary(row => row.RowId);
        PredictionEngine<RegressionRow, PreviewedHouse> Engine() => Ml.Model.CreatePredictionEngine<RegressionRow, PreviewedHouse>(preview, new PredictionEngineOptions { OwnsTransformer = false });
        using var alone = Engine();
        var expected = RegressionData.Test.Take(40).ToDictionary(row => row.RowId, row => alone.Predict(row));

        Parallel.For(0, 4, _ =>
        {
            using var engine = Engine();
            foreach (var row in RegressionData.Test.Take(40))
            {
                var one = engine.Predict(row);
                var (same, beside) = (expected[row.RowId], batch[row.RowId]);
                Assert.AreEqual((same.PredictedScore, same.PredictedScoreLower, same.PredictedScoreUpper), (one.PredictedScore, one.PredictedScoreLower, one.PredictedScoreUpper));
                // A deviation is 50,000; scores round at about a millionth of the scale.
                Assert.AreEqual(beside.PredictedScore, one.PredictedScore, 1);
                Assert.AreEqual(beside.PredictedScoreUpper - beside.PredictedScoreLower, one.PredictedScoreUpper - one.PredictedScoreLower, 1);
            }
        });
    }

    private static TransformerChain<NeuralNetworkTransformer> Train(string label)
    {
        var options = RegressionData.SmallOptions(label: label);
        options.Bank = new ModelBankOptions { Members = 30, FullMembers = 4, Checkpoints = [1] };
        options.Attribution = new DeletionGaussianProcessOptions { Mean = new() { GaussNewton = new() { ProjectionSize = 16, MaxMembers = 3 }, MaxRows = 300 } };
        return RegressionData.Pipeline(Ml, options).Fit(Rows);
    }

    private static TransformerChain<NeuralNetworkTransformer> Retrained(IDataView rows, ulong seed)
    {
        var options = RegressionData.SmallOptions(rowId: null);
        options.Seed = seed;
        return RegressionData.Pipeline(Ml, options).Fit(rows);
    }

    private static double[] Add(double[] sums, TransformerChain<NeuralNetworkTransformer> model, IDataView rows)
    {
        using (model)
        {
            return [.. sums.Zip(model.Transform(rows).GetColumn<float>("Score"), (sum, score) => sum + score)];
        }
    }

    private static double Deviation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return Math.Sqrt(all.Average(value => (value - mean) * (value - mean)));
    }

    private static List<PreviewedHouse> Read(IDataView view) => [.. Ml.Data.CreateEnumerable<PreviewedHouse>(view, reuseRowObject: false)];
}
