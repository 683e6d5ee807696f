using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Pipeline.Steps;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>Exports with one converter that writes something wrong: the check must find it and name its step.</summary>
[TestClass]
public sealed class StepCheckTests
{
    [TestMethod]
    public void Export_RightConverters_Passes()
    {
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(Preparation);
        Assert.IsLessThanOrEqualTo(1e-5, model.Export(folder.File("model.onnx")).MaxAbsDifference);
    }

    [TestMethod]
    public void Export_WrongNormaliser_NamesItAndWritesNothing() => Check(new NormalizeConverter(), Scaled, "step 3 (Normalizing)", "Age");

    [TestMethod]
    public void Export_WrongVocabulary_NamesTheFirstStepThatDiffers() => Check(new MapValueToKeyConverter(), Shifted, "step 2 (OneHotEncoding)", "City");

    [TestMethod]
    public void Export_WrongIndicators_NamesTheFirstStepThatDiffers() => Check(new MapKeyToVectorConverter(), Scaled, "step 2 (OneHotEncoding)", "City");

    [TestMethod]
    public void Export_WrongReplacement_NamesIt() => Check(new ReplaceMissingValuesConverter(), Scaled, "step 4 (MissingValueReplacing)", "Visits");

    [TestMethod]
    public void Export_DistributionOfSparseZeros_IsRefusedByTheCheck()
    {
        // ML.NET leaves out the zeros of sparse vectors, where the distribution's value at 0 would be due.
        using var folder = new TemporaryFolder();
        using var model = new CustomerModel(transforms => transforms.Categorical.OneHotEncoding("City")
            .Append(transforms.NormalizeMeanVariance("Dense", "Visits", useCdf: true))
            .Append(transforms.NormalizeMeanVariance("Sparse", "City", useCdf: true))
            .Append(transforms.Concatenate("Features", "Dense", "Sparse")));
        var error = Assert.ThrowsExactly<OnnxParityException>(() => model.Export(folder.File("model.onnx")));
        Assert.AreEqual("Normalizing", error.Step);
        Assert.AreEqual("Sparse", error.Column);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void NetworkCheck_ScoresThatAreNotTorchSharps_NamesTheNetwork()
    {
        var ml = new MLContext(seed: 1);
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        float[] rows = SampleNetworks.Rows(network, 300, seed: 2);
        var view = FeatureRows.Create(ml, rows, network.Graph.InputSize);
        using var step = new NetworkStep(ml, network, ml.Data.LoadFromEnumerable(Array.Empty<Customer>()).Schema["Age"].Annotations);
        float[] scores = SampleNetworks.Softmax(network, rows);
        NetworkCheck.Run(view, step, scores, 300);
        scores[^1] += 2e-5f;
        var error = Assert.ThrowsExactly<OnnxParityException>(() => NetworkCheck.Run(view, step, scores, 300));
        Assert.AreEqual("NeuralNetwork", error.Step);
        StringAssert.Contains(error.Message, "row 300", StringComparison.Ordinal);
    }

    // One in ten thousand: far above rounding, and too little for another label.
    private static string Scaled(StepContext context, OnnxColumn right) =>
        context.Node("Mul", "wrong", [right.Value, context.Constant<float>("factor", [1.0001f])]);

    private static string Shifted(StepContext context, OnnxColumn right) =>
        context.Node("Add", "wrong", [right.Value, context.Constant<long>("step", [1])]);

    private static void Check(IStepConverter right, Func<StepContext, OnnxColumn, string> spoil, string step, string column)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.onnx"), "before");
        using var model = new CustomerModel(Preparation);
        IStepConverter[] all =
        [
            new ConcatenateConverter(), new MapValueToKeyConverter(), new MapKeyToVectorConverter(), new NormalizeConverter(), new ReplaceMissingValuesConverter(),
        ];
        var converters = new StepConverters(all.Select(converter => converter.Step == right.Step ? new Wrong(right, spoil) : converter));
        var error = Assert.ThrowsExactly<OnnxParityException>(() => model.Export(folder.File("model.onnx"), converters));

        StringAssert.Contains(error.Message, step, StringComparison.Ordinal);
        Assert.AreEqual(step.Split('(', ')')[1], error.Step);
        Assert.AreEqual(column, error.Column);
        Assert.AreEqual("before", File.ReadAllText(folder.File("model.onnx")));
        Assert.HasCount(1, Directory.GetFiles(folder.Path));
    }

    private static EstimatorChain<ColumnConcatenatingTransformer> Preparation(TransformsCatalog transforms) => transforms.Categorical.OneHotEncoding("City")
        .Append(transforms.NormalizeMinMax("Age", fixZero: false))
        .Append(transforms.ReplaceMissingValues("Visits", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
        .Append(transforms.Concatenate("Features", "Visits", "City", "Age"));

    private sealed class Wrong(IStepConverter right, Func<StepContext, OnnxColumn, string> spoil) : IStepConverter
    {
        public string Step => right.Step;

        public OnnxColumn Append(StepContext context)
        {
            var result = right.Append(context);
            return result with { Value = spoil(context, result) };
        }
    }
}
