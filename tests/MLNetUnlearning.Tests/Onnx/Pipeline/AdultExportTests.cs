using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>Real mixed columns: the whole test split is scored both ways. Skipped where the data is not there.</summary>
[TestClass]
public sealed class AdultExportTests
{
    private static readonly string[] Categories = ["WorkClass", "Education", "MaritalStatus", "Occupation", "Relationship", "Race", "Sex", "Country"];
    private static readonly string[] Numbers = ["Age", "Weight", "EducationYears", "CapitalGain", "CapitalLoss", "Hours"];

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(NetworkKind.Linear)]
    [DataRow(NetworkKind.Mlp)]
    public void ExportOnnx_Multiclass_ScoresTheWholeTestSplitAsTheModel(NetworkKind kind)
    {
        var (ml, train, test) = Read();
        using var model = ml.Transforms.Conversion.MapValueToKey("Label", "Income").Append(Preparation(ml.Transforms))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions { RowIdColumnName = null, Network = Spec(kind), Epochs = 2, BatchSize = 128, Seed = 1 }))
            .Fit(train);
        Check(ml, model, test, "Score");
    }

    [TestMethod]
    [DataRow(NetworkKind.Linear)]
    [DataRow(NetworkKind.Mlp)]
    public void ExportOnnx_Binary_ScoresTheWholeTestSplitAsTheModel(NetworkKind kind)
    {
        var (ml, train, test) = Read();
        using var model = Preparation(ml.Transforms)
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(new NeuralNetworkBinaryOptions { RowIdColumnName = null, LabelColumnName = "Above", Network = Spec(kind), Epochs = 2, BatchSize = 128, Seed = 1 }))
            .Fit(train);
        Check(ml, model, test, "Probability");
    }

    private static NetworkSpec Spec(NetworkKind kind) => kind == NetworkKind.Linear ? NetworkSpec.Linear() : NetworkSpec.Mlp(32, 16);

    private static EstimatorChain<ColumnConcatenatingTransformer> Preparation(TransformsCatalog transforms) =>
        transforms.ReplaceMissingValues("Age", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean)
            .Append(transforms.Categorical.OneHotEncoding([.. Categories.Select(name => new InputOutputColumnPair(name))]))
            .Append(transforms.NormalizeMeanVariance([.. Numbers[..3].Select(name => new InputOutputColumnPair(name))], fixZero: false))
            .Append(transforms.NormalizeBinning([.. Numbers[3..].Select(name => new InputOutputColumnPair(name))]))
            .Append(transforms.Concatenate("Features", [.. Numbers, .. Categories]));

    private static (MLContext Ml, IDataView Train, AdultRow[] Test) Read()
    {
        if (AdultRow.Folder is null)
        {
            Assert.Inconclusive("The Adult data is not there; set MLNETUNLEARNING_DATA to a folder that holds adult/adult.data.gz.");
        }

        var ml = new MLContext(seed: 1);
        // The first rows lack some countries that the test split has: unseen categories.
        return (ml, ml.Data.Cache(ml.Data.LoadFromEnumerable(AdultRow.Read("adult.data.gz")[..4000])), AdultRow.Read("adult.test.gz"));
    }

    private void Check(MLContext ml, TransformerChain<NeuralNetworkTransformer> model, AdultRow[] test, string score)
    {
        using var folder = new TemporaryFolder();
        var rows = ml.Data.LoadFromEnumerable(test);
        var report = ml.Unlearning.ExportOnnx(model, rows, folder.File("model.onnx"), new OnnxExportOptions { MaximumCheckedRows = 1000 });
        var (scores, labels) = Score(report.File, rows, score);
        var scored = model.Transform(rows);
        float[] expected = scored.Schema[score].Type is VectorDataViewType ? [.. scored.GetColumn<float[]>(score).SelectMany(row => row)] : [.. scored.GetColumn<float>(score)];
        string[] words = scored.Schema["PredictedLabel"].Type is BooleanDataViewType
            ? [.. scored.GetColumn<bool>("PredictedLabel").Select(value => value.ToString())]
            : [.. ml.Transforms.Conversion.MapKeyToValue("Word", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Word")];
        double difference = Differences.MaxAbs(expected, scores);
        int differing = words.Zip(labels).Count(pair => pair.First != pair.Second);
        int unseen = Unseen(test);
        TestContext.WriteLine($"{test.Length} rows, {unseen} with a country not seen in training: largest difference {difference:g2}, {differing} labels differ");
        Assert.HasCount(16_281, test);
        Assert.IsGreaterThan(0, unseen);
        Assert.IsLessThanOrEqualTo(1e-5, difference);
        Assert.AreEqual(0, differing);
    }

    private static int Unseen(AdultRow[] test)
    {
        var seen = AdultRow.Read("adult.data.gz")[..4000].Select(row => row.Country).ToHashSet();
        return test.Count(row => !seen.Contains(row.Country));
    }

    private static (float[] Scores, string[] Labels) Score(string file, IDataView rows, string score)
    {
        using var session = new InferenceSession(file);
        var inputs = session.InputNames.ToDictionary(name => name, name =>
        {
            var column = ColumnRows.Create(rows.Schema[name]);
            using var cursor = rows.GetRowCursor([rows.Schema[name]]);
            column.Bind(cursor);
            while (cursor.MoveNext())
            {
                column.Take();
            }

            return column.ToValue();
        });
        using var options = new RunOptions();
        using var results = session.Run(options, inputs, [score, "PredictedLabel"]);
        string[] labels = session.OutputMetadata["PredictedLabel"].ElementType == typeof(bool)
            ? [.. results[1].GetTensorDataAsSpan<bool>().ToArray().Select(value => value.ToString())]
            : results[1].GetStringTensorAsArray();
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), labels);
    }
}
