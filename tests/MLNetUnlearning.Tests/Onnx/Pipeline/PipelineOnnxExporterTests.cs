using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Onnx;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

[TestClass]
public sealed class PipelineOnnxExporterTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(12)]
    [DataRow(17)]
    public void Export_MixedColumns_ScoresOtherRowsAsTheModel(int opset)
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(Mixed);
        var report = model.Export(folder.File("model.onnx"), new OnnxExportOptions { Opset = opset });
        TestContext.WriteLine($"{report}");
        Assert.AreEqual(256, report.RowsChecked);
        Assert.AreEqual(new FileInfo(report.File).Length, report.Bytes);

        using var session = new InferenceSession(report.File);
        CollectionAssert.AreEquivalent(new[] { "Age", "Income", "Member", "Orders", "Visits" }, session.InputNames.ToArray());
        foreach (int rows in new[] { 1, 7, 64 })
        {
            var customers = Customer.Draw(rows, seed: rows);
            var scored = model.Steps.Transform(model.Ml.Data.LoadFromEnumerable(customers));
            float[] expected = [.. scored.GetColumn<float[]>("Score").SelectMany(row => row)];
            var (scores, labels) = Score(session, customers);
            Assert.IsLessThanOrEqualTo(1e-5, Differences.MaxAbs(expected, scores));
            CollectionAssert.AreEqual(scored.GetColumn<string>("PredictedPlan").ToArray(), labels);
        }
    }

    [TestMethod]
    public void Export_FeaturesOfTheUser_TakesThemAsInput()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.CopyColumns("Features", "Visits"));
        model.Export(folder.File("model.onnx"));
        using var session = new InferenceSession(folder.File("model.onnx"));
        CollectionAssert.AreEqual(new[] { "Visits" }, session.InputNames.ToArray());
        CollectionAssert.AreEqual(new[] { -1, 3 }, session.InputMetadata["Visits"].Dimensions);
    }

    [TestMethod]
    public void Export_ColumnTwiceAndDoubles_KeepsTheOrder()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.Concatenate("Wide", "Ratings", "Income", "Ratings")
            .Append(transforms.NormalizeMinMax("Wide", fixZero: false))
            .Append(transforms.Conversion.ConvertType("Narrow", "Wide", DataKind.Single))
            .Append(transforms.Concatenate("Features", "Visits", "Age", "Narrow", "Age")));
        var report = model.Export(folder.File("model.onnx"));
        TestContext.WriteLine($"{report}");
        Assert.IsLessThanOrEqualTo(1e-5, report.MaxAbsDifference);
    }

    [TestMethod]
    public void Export_NumericLabel_IsWrittenWithItsType()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.CopyColumns("Features", "Visits"), label: "Member");
        model.Export(folder.File("model.onnx"));
        using var session = new InferenceSession(folder.File("model.onnx"));
        Assert.AreEqual(typeof(bool), session.OutputMetadata["PredictedLabel"].ElementType);
    }

    [TestMethod]
    public void Export_UnsupportedStepBesideTheFeatures_IsSkipped()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.Categorical.OneHotEncoding("Where", "City").Append(transforms.CopyColumns("Features", "Visits")));
        Assert.AreEqual(0, model.Export(folder.File("model.onnx")).LabelsDiffering);
    }

    [TestMethod]
    public void Export_TextBehindTheFeatures_NamesTheStepAndWritesNothing()
    {
        CheckUnsupported(transforms => transforms.Text.FeaturizeText("Words", "City").Append(transforms.Concatenate("Features", "Age", "Words")), "Words", null);
        CheckUnsupported(
            transforms => transforms.Conversion.ConvertType("Number", "Plan", DataKind.Single).Append(transforms.Concatenate("Features", "Age", "Number")), "Number", "TypeConvertingTransformer");
        CheckUnsupported(
            transforms => transforms.Categorical.OneHotHashEncoding("Hash", "City", numberOfBits: 3).Append(transforms.Concatenate("Features", "Age", "Hash")), "Hash", "OneHotHashEncodingTransformer");
    }

    [TestMethod]
    public void Export_ModelThatScoresOtherwise_FailsAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.onnx"), "before");
        using var model = new CustomerModel(Mixed, perturbation: 0.001f);
        var error = Assert.ThrowsExactly<OnnxParityException>(() => model.Export(folder.File("model.onnx")));

        Assert.IsGreaterThan(1e-5, error.Report!.MaxAbsDifference);
        Assert.AreEqual("before", File.ReadAllText(folder.File("model.onnx")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Export_NoRowsOrMissingValues_SaysSo()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(Mixed);
        var none = model.Ml.Data.LoadFromEnumerable(Array.Empty<Customer>());
        StringAssert.Contains(Assert.ThrowsExactly<OnnxParityException>(() => model.Export(folder.File("model.onnx"), none)).Message, "no sample rows", StringComparison.Ordinal);
        Customer[] rows = Customer.Draw(3, seed: 1);
        rows[1].Age = float.NaN;
        var missing = model.Ml.Data.LoadFromEnumerable(rows);
        StringAssert.Contains(Assert.ThrowsExactly<OnnxParityException>(() => model.Export(folder.File("model.onnx"), missing)).Message, "row 2", StringComparison.Ordinal);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void Export_OutputCalledLikeAnInput_Throws()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.CopyColumns("Features", "Visits"));
        Assert.ThrowsExactly<ArgumentException>(() => model.Export(folder.File("model.onnx"), new OnnxExportOptions { ScoreName = "Visits" }));
        Assert.ThrowsExactly<ArgumentException>(() => model.Export(folder.File("model.onnx"), new OnnxExportOptions { ScoreName = "PredictedLabel" }));
    }

    private static EstimatorChain<ColumnSelectingTransformer> Mixed(TransformsCatalog transforms) =>
        transforms.Conversion.ConvertType([new InputOutputColumnPair("IncomeNumber", "Income"), new InputOutputColumnPair("MemberNumber", "Member"), new InputOutputColumnPair("OrderNumber", "Orders")], DataKind.Single)
            .Append(transforms.NormalizeMinMax([new InputOutputColumnPair("Years", "Age"), new InputOutputColumnPair("Visits")], fixZero: false))
            .Append(transforms.Concatenate("All", "Visits", "OrderNumber", "IncomeNumber", "Years", "MemberNumber"))
            .Append(transforms.NormalizeMeanVariance("All"))
            .Append(transforms.CopyColumns("Features", "All"))
            .Append(transforms.DropColumns("All"));

    private static void CheckUnsupported(Func<TransformsCatalog, IEstimator<ITransformer>> preparation, string column, string? step)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.onnx"), "before");
        using var model = new CustomerModel(preparation);
        var error = Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => model.Export(folder.File("model.onnx")));

        Assert.AreEqual(column, error.Element, error.Message);
        StringAssert.Contains(error.Message, $"'{column}'", StringComparison.Ordinal);
        if (step is not null)
        {
            Assert.AreEqual(step, error.Operation);
        }

        Assert.AreEqual("before", File.ReadAllText(folder.File("model.onnx")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    private static (float[] Scores, string[] Labels) Score(InferenceSession session, Customer[] rows)
    {
        long n = rows.Length;
        var inputs = new Dictionary<string, OrtValue>
        {
            ["Age"] = OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Age).ToArray(), [n, 1]),
            ["Income"] = OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Income).ToArray(), [n, 1]),
            ["Member"] = OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Member).ToArray(), [n, 1]),
            ["Orders"] = OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Orders).ToArray(), [n, 1]),
            ["Visits"] = OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row.Visits).ToArray(), [n, 3]),
        };
        using var options = new RunOptions();
        using var results = session.Run(options, inputs, ["Score", "PredictedLabel"]);
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetStringTensorAsArray());
    }
}
