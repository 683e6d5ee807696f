using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

[TestClass]
public sealed class CanExportTests
{
    [TestMethod]
    public void CanExport_WithoutSchema_JudgesStepsByTheirKind()
    {
        var (ml, _, model) = Train();
        using (model)
        {
            var steps = ml.Unlearning.CanExport(model);
            CollectionAssert.AreEqual(
                new[] { "ValueToKeyMapping", "OneHotEncoding", "Hashing", "TypeConverting", "Normalizing", "ColumnConcatenating", "ColumnSelecting", "NeuralNetwork", "KeyToValueMapping" },
                steps.Select(step => step.Name).ToArray());
            CollectionAssert.AreEqual(Enumerable.Range(1, 9).ToArray(), steps.Select(step => step.Position).ToArray());
            CollectionAssert.AreEqual(new[] { true, true, false, true, true, true, true, true, false }, steps.Select(step => step.CanExport).ToArray());
            Assert.IsTrue(steps.Take(7).All(step => step.IsNeeded is null && step.CanExport == step.Reason is null));
            StringAssert.Contains(steps[2].Reason, "vocabulary", StringComparison.Ordinal);
            StringAssert.Contains(steps[8].Reason, "behind the network", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void CanExport_WithSchema_TriesEveryColumnAndTellsWhatIsNeeded()
    {
        var (ml, data, model) = Train();
        using (model)
        {
            var steps = ml.Unlearning.CanExport(model, data.Schema);
            // The text that is converted to a number has no ONNX form, and nothing needs it.
            CollectionAssert.AreEqual(new[] { true, true, false, false, true, true, true, true, false }, steps.Select(step => step.CanExport).ToArray());
            CollectionAssert.AreEqual(new bool?[] { false, true, false, false, true, true, false, true, false }, steps.Select(step => step.IsNeeded).ToArray());
            StringAssert.Contains(steps[3].Reason, "'Number'", StringComparison.Ordinal);
            StringAssert.Contains(steps[3].Reason, "no number", StringComparison.Ordinal);

            using var folder = new TemporaryFolder();
            Assert.AreEqual(0, ml.Unlearning.ExportOnnx(model, data, folder.File("model.onnx")).LabelsDiffering);
        }
    }

    [TestMethod]
    public void CanExport_StepThatTheFeaturesNeed_IsTheOneThatExportRefuses()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(Customer.Draw(60, seed: 5));
        using var model = ml.Transforms.Conversion.MapValueToKey("Label", "Plan")
            .Append(ml.Transforms.Categorical.OneHotHashEncoding("Hash", "City", numberOfBits: 3))
            .Append(ml.Transforms.Concatenate("Features", "Age", "Hash"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(Options()))
            .Fit(data);
        var against = ml.Unlearning.CanExport(model, data.Schema).Single(step => step.IsNeeded == true && !step.CanExport);
        Assert.AreEqual("OneHotHashEncoding", against.Name);

        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => ml.Unlearning.ExportOnnx(model, data, stream));
        Assert.AreEqual("OneHotHashEncodingTransformer", error.Operation);
        StringAssert.Contains(error.Message, "step 2 (OneHotHashEncoding)", StringComparison.Ordinal);
        Assert.AreEqual(0, stream.Length);
    }

    [TestMethod]
    public void ExportOnnx_Stream_HoldsTheFile()
    {
        var (ml, data, model) = Train();
        using (model)
        {
            using var folder = new TemporaryFolder();
            using var stream = new MemoryStream();
            var report = ml.Unlearning.ExportOnnx(model, data, stream);
            ml.Unlearning.ExportOnnx(model, data, folder.File("model.onnx"));
            CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("model.onnx")), stream.ToArray());
            Assert.AreEqual("", report.File);
            Assert.AreEqual(stream.Length, report.Bytes);
            using var session = new InferenceSession(stream.ToArray());
            CollectionAssert.AreEquivalent(new[] { "City", "Age", "Visits" }, session.InputNames.ToArray());
            Assert.AreEqual(typeof(string), session.InputMetadata["City"].ElementType);
        }
    }

    [TestMethod]
    public void ExportOnnx_ColumnMissingOrOfOtherType_NamesIt()
    {
        var (ml, _, model) = Train();
        using (model)
        {
            using var stream = new MemoryStream();
            var missing = ml.Data.LoadFromEnumerable(new[] { new { City = "Oslo", Plan = "gold", Visits = new float[3] } });
            var other = ml.Transforms.Conversion.ConvertType("Age", outputKind: DataKind.Double).Fit(ml.Data.LoadFromEnumerable(Customer.Draw(5, seed: 1)))
                .Transform(ml.Data.LoadFromEnumerable(Customer.Draw(5, seed: 1)));
            StringAssert.Contains(Assert.Throws<Exception>(() => ml.Unlearning.ExportOnnx(model, missing, stream)).Message, "Age", StringComparison.Ordinal);
            var error = Assert.ThrowsExactly<UnsupportedOnnxExportException>(() => ml.Unlearning.ExportOnnx(model, other, stream));
            StringAssert.Contains(error.Message, "'Age', which is Double", StringComparison.Ordinal);
            Assert.AreEqual(0, stream.Length);
        }
    }

    [TestMethod]
    [DataRow("ImageLoadingTransformer", "files")]
    [DataRow("ImageGrayscalingTransformer", "pixels")]
    [DataRow("VectorToImageConvertingTransformer", "pixels")]
    [DataRow("WordTokenizingTransformer", "words")]
    [DataRow("SomethingElse", "PreprocessingConverter")]
    public void ReasonAgainst_Pictures_SaysWhatToDoInstead(string step, string reason) =>
        StringAssert.Contains(StepConverters.ReasonAgainst(step), reason, StringComparison.Ordinal);

    private static NeuralNetworkOptions Options() => new() { RowIdColumnName = null, Network = NetworkSpec.Linear(), Epochs = 2, BatchSize = 32, Seed = 1 };

    private static (MLContext Ml, IDataView Data, TransformerChain<ITransformer> Model) Train()
    {
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromEnumerable(Customer.Draw(120, seed: 5));
        var model = ml.Transforms.Conversion.MapValueToKey("Label", "Plan")
            .Append(ml.Transforms.Categorical.OneHotEncoding("City"))
            .Append(ml.Transforms.Conversion.Hash("Code", "Plan", numberOfBits: 4))
            .Append(ml.Transforms.Conversion.ConvertType("Number", "Plan", DataKind.Single))
            .Append(ml.Transforms.NormalizeMinMax([new InputOutputColumnPair("Age"), new InputOutputColumnPair("Visits")]))
            .Append(ml.Transforms.Concatenate("Features", "Visits", "City", "Age"))
            .Append(ml.Transforms.DropColumns("Code"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(Options()))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedPlan", "PredictedLabel"))
            .Fit(data);
        return (ml, data, new TransformerChain<ITransformer>([.. model]));
    }
}
