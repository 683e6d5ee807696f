using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Tests.Onnx.Pipeline;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Documentation;

[TestClass]
public sealed class OnnxSamplesTests
{
    [TestMethod]
    [DataRow("export")]
    [DataRow("list")]
    [DataRow("score")]
    [DataRow("converter")]
    public void Sample_IsTheCompiledOne(string name)
    {
        string sample = Sample.Unindent(Sample.Between(Sample.Resource("OnnxSamples.cs"), $"// sample {name} begin\n", $"// sample {name} end"));
        StringAssert.Contains(Sample.Resource("onnx.md"), $"```csharp\n{sample}\n```", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Table_NamesEveryStepThatIsKnown()
    {
        string table = Sample.Between(Sample.Resource("onnx.md"), "| step | becomes |", "\n\n");
        foreach (string step in StepConverters.Default.Steps)
        {
            Assert.IsTrue(Names(step).All(name => table.Contains(name, StringComparison.Ordinal)), $"{step} is not in the table.");
        }
    }

    [TestMethod]
    public void Samples_Run()
    {
        string before = Directory.GetCurrentDirectory();
        var folder = Directory.CreateTempSubdirectory("onnx-samples-");
        Directory.SetCurrentDirectory(folder.FullName);
        try
        {
            var ml = new MLContext(seed: 1);
            Customer[] customers = Customer.Draw(300, seed: 5);
            customers[1].Age = float.NaN;
            var rows = ml.Data.LoadFromEnumerable(customers);
            using var model = Train(ml, rows);
            Assert.AreEqual(300, OnnxSamples.Export(ml, model, rows).RowsChecked);
            Assert.IsTrue(OnnxSamples.List(ml, model, rows).All(step => step.CanExport));
            Assert.HasCount(2, OnnxSamples.Score());
#if USE_ONNX_CONVERTER
            var report = OnnxSamples.Convert(ml, model, rows);
            Assert.IsLessThanOrEqualTo(1e-5, report.MaxAbsDifference);
            Assert.HasCount(2, OnnxSamples.Score());
#endif
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
            folder.Delete(recursive: true);
        }
    }

    private static TransformerChain<NeuralNetworkTransformer> Train(MLContext ml, IDataView rows) => ml.Transforms.Conversion.MapValueToKey("Label", "Plan")
        .Append(ml.Transforms.ReplaceMissingValues("Age", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
        .Append(ml.Transforms.Categorical.OneHotEncoding("City"))
        .Append(ml.Transforms.NormalizeMinMax([new InputOutputColumnPair("Age"), new InputOutputColumnPair("Visits")]))
        .Append(ml.Transforms.Concatenate("Features", "Visits", "City", "Age"))
        .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions { RowIdColumnName = null, Network = NetworkSpec.Mlp(8), Epochs = 3, BatchSize = 32, Seed = 1 }))
        .Fit(rows);

    // What the catalog calls the steps, which is what readers look for.
    private static string[] Names(string step) => step.Split('.')[^1] switch
    {
        "ColumnConcatenatingTransformer" => ["Concatenate"],
        "TypeConvertingTransformer" => ["ConvertType"],
        "ColumnCopyingTransformer" => ["CopyColumns"],
        "ImagePixelExtractingTransformer" => ["ExtractPixels"],
        "ImageResizingTransformer" => ["ResizeImages"],
        "MissingValueIndicatorTransformer" => ["IndicateMissingValues"],
        "MissingValueReplacingTransformer" => ["ReplaceMissingValues"],
        "LpNormNormalizingTransformer" => ["NormalizeLpNorm", "NormalizeGlobalContrast"],
        "NormalizingTransformer" =>
            ["NormalizeMinMax", "NormalizeMeanVariance", "NormalizeLogMeanVariance", "NormalizeRobustScaling", "NormalizeBinning", "NormalizeSupervisedBinning"],
        "KeyToBinaryVectorMappingTransformer" => ["MapKeyToBinaryVector"],
        "KeyToValueMappingTransformer" => ["MapKeyToValue"],
        "KeyToVectorMappingTransformer" => ["MapKeyToVector"],
        "ValueToKeyMappingTransformer" => ["MapValueToKey", "OneHotEncoding"],
        _ => [step],
    };
}
