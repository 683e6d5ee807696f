using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Tests.StockModel;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Tests.Tasks;

/// <summary>What must hold for every task beside several classes, which has tests of its own.</summary>
[TestClass]
public sealed class EveryTaskTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly ConcurrentDictionary<string, Lazy<TransformerChain<NeuralNetworkTransformer>>> Models = new();

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow("binary")]
    [DataRow("regression")]
    [DataRow("outputs")]
    public void Unlearn_WrongLabels_ComesCloserToRetrainedModelsThanDoingNothing(string name)
    {
        var task = TaskCase.Of(name);
        var forgotten = Ml.Data.FilterByCustomPredicate(task.Train(Ml), (Identified row) => !task.Forget.Contains(row.RowId));
        var staying = Ml.Data.FilterByCustomPredicate(task.Train(Ml), (Identified row) => task.Forget.Contains(row.RowId));
        var retrained = Enumerable.Range(0, 6).Select(seed =>
        {
            // The scaling of the deployed model: it stays when rows are forgotten.
            var prefix = (ITransformer)Model(task).First();
            using var model = ((IEstimator<NeuralNetworkTransformer>)task.Pipeline(Ml, 100 + (ulong)seed).LastEstimator!).Fit(prefix.Transform(staying));
            return model.Scores(prefix.Transform(forgotten));
        }).ToArray();
        using var unlearned = Model(task).Unlearn(Ml, task.Train(Ml), task.Forget);
        double[] units = Spread(Model(task).Scores(task.Test(Ml)));
        double after = Distance(unlearned.Scores(forgotten), retrained, units), before = Distance(Model(task).Scores(forgotten), retrained, units);
        TestContext.WriteLine($"{name}: distance to the mean of retrained models on {task.Forget.Length} forgotten rows {before:g4} before, {after:g4} after");
        Assert.IsLessThan(0.6 * before, after);
    }

    [TestMethod]
    [DataRow("binary")]
    [DataRow("regression")]
    [DataRow("outputs")]
    public void Verify_WrongLabels_FindsTheUnlearnedModelsCloserToOraclesThanTheOriginalOnes(string name)
    {
        var task = TaskCase.Of(name);
        var result = Ml.Unlearning.Unlearn(Model(task), task.Train(Ml), new UnlearningRequest { ForgetRowIds = task.Forget });
        using var unlearned = result.Model;
        var report = Ml.Unlearning.Verify(result, task.Train(Ml), task.Test(Ml), new VerificationOptions { Oracles = 20 });
        TestContext.WriteLine($"{name}: KLoM of forgotten rows {report.Unlearned.Forget.Mean:f2}, do nothing {report.DoNothing.Forget.Mean:f2}, floor {report.Floor.Forget.Mean:f2}; {report.OriginalAccuracy:f3}, {report.UnlearnedAccuracy:f3}, {report.OracleAccuracy:f3}");
        int width = name == "outputs" ? 3 : 1;
        Assert.AreEqual(task.Forget.Length * width, report.Unlearned.Forget.Rows);
        Assert.IsLessThan(report.DoNothing.Forget.Mean, report.Unlearned.Forget.Mean);
        Assert.IsLessThan(report.DoNothing.Forget.Mean, report.Floor.Forget.Mean);
        Assert.IsGreaterThan(0.5, report.OracleAccuracy);
        Assert.IsNotNull(report.Membership);
        Assert.AreEqual(name != "binary", double.IsNaN(report.Outputs.Unlearned.Forget.Confidence));
    }

    [TestMethod]
    [DataRow("binary")]
    [DataRow("regression")]
    [DataRow("outputs")]
    public void Save_AsStockModel_ScoresAndEvaluatesAlikeInAProcessWithoutThisLibrary(string name)
    {
        var task = TaskCase.Of(name);
        using var folder = new TemporaryFolder();
        using var unlearned = Model(task).Unlearn(Ml, task.Train(Ml), task.Forget);
        Ml.Model.Save(unlearned, task.Train(Ml).Schema, folder.File("model.zip"));
        var stock = Ml.Model.Load(folder.File("model.zip"), out _);
        using var owner = (IDisposable)stock;
        var expected = unlearned.Scores(task.Test(Ml));
        var units = Units(task);
        AreClose(expected, stock.Scores(task.Test(Ml)), units);
        AreClose(task.Evaluate(Ml, unlearned.Transform(task.Test(Ml))), task.Evaluate(Ml, stock.Transform(task.Test(Ml))));

        File.WriteAllLines(folder.File("data.csv"), task.Csv().Prepend("header"));
        string[][] lines = StockLoaderProcess.Run(folder.File("model.zip"), folder.File("data.csv"), folder.File("out.csv"));
        double[] Numbers(IEnumerable<string> texts) => [.. texts.Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        int outputs = expected.First().Value.Length;
        var rows = lines.Where(line => line[0] != "metrics").ToArray();
        Assert.HasCount(expected.Count, rows);
        foreach (var (scores, line) in expected.Values.Zip(rows))
        {
            AreClose([.. scores.Select(score => (double)score)], Numbers(line.Take(outputs)), units);
        }

        if (name != "outputs")
        {
            AreClose(task.Evaluate(Ml, unlearned.Transform(task.Test(Ml))), Numbers(lines[^1].Skip(1)));
        }
    }

    [TestMethod]
    [DataRow("binary")]
    [DataRow("regression")]
    [DataRow("outputs")]
    public void Load_SavedModel_ScoresAndForgetsWithTheSameBits(string name)
    {
        var task = TaskCase.Of(name);
        using var folder = new TemporaryFolder();
        Ml.Unlearning.Save(Model(task), task.Train(Ml).Schema, folder.File("model.zip"));
        var loaded = Ml.Unlearning.Load(folder.File("model.zip"), out _);
        using var owner = (IDisposable)loaded;
        Views.AreEqual(Model(task).Scores(task.Test(Ml)), loaded.Scores(task.Test(Ml)));
        SchemaAssert.SameColumns(Model(task).GetOutputSchema(task.Test(Ml).Schema), loaded.GetOutputSchema(task.Test(Ml).Schema), [.. Model(task).LastTransformer.Head.Columns.Select(column => column.Name)]);
        using var unlearned = Model(task).Unlearn(Ml, task.Train(Ml), task.Forget, seed: 3);
        var again = loaded.Unlearn(Ml, task.Train(Ml), task.Forget, seed: 3);
        using var againOwner = (IDisposable)again;
        Views.AreEqual(unlearned.Scores(task.Test(Ml)), again.Scores(task.Test(Ml)));
    }

    [TestMethod]
    [DataRow("binary")]
    [DataRow("regression")]
    [DataRow("outputs")]
    public void ExportOnnx_WholePipeline_ScoresAlike(string name)
    {
        var task = TaskCase.Of(name);
        using var folder = new TemporaryFolder();
        var report = Ml.Unlearning.ExportOnnx(Model(task), task.Test(Ml), folder.File("model.onnx"));
        TestContext.WriteLine($"{name}: largest difference {report.MaxAbsDifference:g2} over {report.RowsChecked} rows");
        Assert.AreEqual(0, report.LabelsDiffering);
        Assert.IsLessThanOrEqualTo(1e-5, report.MaxAbsDifference);
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(folder.File("model.onnx"));
        string[] outputs = name == "binary" ? ["Score", "Probability", "PredictedIndex", "PredictedLabel"] : ["Score"];
        CollectionAssert.AreEquivalent(outputs, session.OutputNames.ToArray());
        CollectionAssert.AreEqual(name == "outputs" ? [-1, 3] : new[] { -1 }, session.OutputMetadata["Score"].Dimensions);
        CollectionAssert.DoesNotContain(session.InputNames.ToArray(), "Label");
    }

    [TestMethod]
    [DataRow("binary")]
    [DataRow("regression")]
    [DataRow("outputs")]
    public void Transform_RowByRowAndShuffled_AgreesWithBatches(string name)
    {
        var task = TaskCase.Of(name);
        var expected = Model(task).Scores(task.Test(Ml));
        AreClose(expected, Model(task).Scores(Ml.Data.ShuffleRows(task.Test(Ml), seed: 7)), Units(task));
        var test = task.Test(Ml);
        var mapper = ((ITransformer)Model(task)).GetRowToRowMapper(test.Schema);
        using var cursor = test.GetRowCursor(test.Schema);
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        var take = MLNetUnlearning.Onnx.Pipeline.ScoreReader.Create(row, mapper.OutputSchema["Score"]);
        foreach (float[] scores in expected.Values)
        {
            Assert.IsTrue(cursor.MoveNext());
            var one = new List<float>();
            take(one);
            AreClose([.. scores.Select(score => (double)score)], [.. one.Select(score => (double)score)], Units(task));
        }
    }

    private static TransformerChain<NeuralNetworkTransformer> Model(TaskCase task) => Models.GetOrAdd(task.Name, _ => new(() => task.Pipeline(Ml, 5).Fit(task.Train(Ml)))).Value;

    /// <summary>Standard deviation of each output.</summary>
    private static double[] Spread(SortedDictionary<long, float[]> scores) =>
        [.. Enumerable.Range(0, scores.First().Value.Length).Select(output =>
        {
            double mean = scores.Values.Average(row => (double)row[output]);
            return Math.Sqrt(scores.Values.Average(row => Math.Pow(row[output] - mean, 2)));
        })];

    /// <summary>Mean over rows of the distance to the mean of some models, summed over outputs.</summary>
    private static double Distance(SortedDictionary<long, float[]> scores, SortedDictionary<long, float[]>[] others, double[] units)
    {
        double sum = 0;
        foreach (var (id, row) in scores)
        {
            for (int output = 0; output < row.Length; output++)
            {
                double mean = others.Average(model => (double)model[id][output]);
                sum += Math.Abs(row[output] - mean) / units[output];
            }
        }

        return sum / scores.Count;
    }

    private static IReadOnlyList<float> Units(TaskCase task) => Model(task).LastTransformer.Head.ScoreUnits;

    private static void AreClose(SortedDictionary<long, float[]> expected, SortedDictionary<long, float[]> actual, IReadOnlyList<float> units)
    {
        CollectionAssert.AreEqual(expected.Keys, actual.Keys);
        foreach (var (id, scores) in expected)
        {
            AreClose([.. scores.Select(score => (double)score)], [.. actual[id].Select(score => (double)score)], units);
        }
    }

    // Sums in another order, float32; relative to the unit of an output, and to the number where it is larger.
    private static void AreClose(double[] expected, double[] actual, IReadOnlyList<float>? units = null)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-5 * Math.Max(units?[i] ?? 1, Math.Abs(expected[i])));
        }
    }

    private sealed class Identified
    {
        public long RowId { get; set; }
    }
}
