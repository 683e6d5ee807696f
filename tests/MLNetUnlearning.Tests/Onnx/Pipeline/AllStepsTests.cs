using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Pipeline;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Tests.Onnx.Pipeline.Steps;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

[TestClass]
public sealed class AllStepsTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DataRow(NetworkKind.Linear, 12)]
    [DataRow(NetworkKind.Linear, 17)]
    [DataRow(NetworkKind.Mlp, 17)]
    [DataRow(NetworkKind.SmallCnn, 17)]
    [DataRow(NetworkKind.ResNet9, 17)]
    public void Export_EveryStep_ScoresRowsWithMissingAndUnseenValuesAsTheModel(NetworkKind kind, int opset)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var train = ml.Data.LoadFromEnumerable(StepRow.Train(200));
        int own = Width(AllStepsPipeline.Create(ml.Transforms).Fit(train).Transform(train));
        var (spec, width) = kind switch
        {
            NetworkKind.Linear => (NetworkSpec.Linear(), own),
            NetworkKind.Mlp => (NetworkSpec.Mlp(32, 16), own),
            NetworkKind.SmallCnn => (NetworkSpec.SmallCnn(new ImageShape(2, 9, 8), 4, 6, 10), 144),
            _ => (NetworkSpec.ResNet9(new ImageShape(3, 16, 17), 4), 816),
        };
        var preparation = AllStepsPipeline.Create(ml.Transforms, width, own).Fit(train);
        var prepared = preparation.Transform(train);
        Assert.AreEqual(width, Width(prepared));
        using var network = SampleNetworks.Create(spec, width, classes: 4);
        using var step = new NetworkStep(ml, network, prepared.Schema["Label"].Annotations);
        var model = new TransformerChain<ITransformer>(preparation, step);

        StepRow[] test = StepRow.Test(500);
        string file = folder.File("model.onnx");
        var report = PipelineOnnxExporter.Export(model, ml.Data.LoadFromEnumerable(test[..200]), step, file, new OnnxExportOptions { Opset = opset });
        var (difference, labels) = Compare(ml, model, file, test);
        TestContext.WriteLine($"{kind}, operator set {opset}, {width} features, {test.Length} rows: largest difference {difference:g2}, {labels} labels differ; at export {report.MaxAbsDifference:g2}");
        Assert.IsLessThanOrEqualTo(1e-5, difference);
        Assert.AreEqual(0, labels);
    }

    /// <summary>The other tasks, trained: a Boolean label of the data, and a number that is missing in some rows before the pipeline fills it in.</summary>
    [TestMethod]
    [DataRow("binary", "Flag")]
    [DataRow("regression", "Number")]
    public void Export_EveryStepWithATrainedNetwork_ScoresRowsWithMissingAndUnseenValuesAsTheModel(string task, string label)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        var train = ml.Data.LoadFromEnumerable(StepRow.Train(200));
        NeuralNetworkOptions options = task == "binary" ? new NeuralNetworkBinaryOptions() : new NeuralNetworkRegressionOptions();
        (options.LabelColumnName, options.RowIdColumnName, options.Network, options.Epochs, options.Seed) = (label, null, NetworkSpec.Mlp(16), 4, 7);
        IEstimator<ITransformer> trainer = options is NeuralNetworkBinaryOptions binary ? ml.BinaryClassification.Trainers.NeuralNetwork(binary) : ml.Regression.Trainers.NeuralNetwork((NeuralNetworkRegressionOptions)options);
        using var model = AllStepsPipeline.Create(ml.Transforms, 0, 0, label).Append(trainer).Fit(train);

        StepRow[] test = StepRow.Test(500);
        var rows = ml.Data.LoadFromEnumerable(test);
        string file = folder.File("model.onnx");
        ml.Unlearning.ExportOnnx(model, ml.Data.TakeRows(rows, 200), file);
        using var session = new InferenceSession(file);
        using var run = new RunOptions();
        string[] outputs = task == "binary" ? ["Score", "Probability", "PredictedLabel"] : ["Score"];
        using var results = session.Run(run, Inputs(session, test), outputs);
        var scored = model.Transform(rows);
        float[] expected = [.. scored.GetColumn<float>("Score")];
        double difference = Differences.MaxAbs(expected, results[0].GetTensorDataAsSpan<float>().ToArray());
        TestContext.WriteLine($"{task}: {test.Length} rows, largest difference {difference:g2}, scores from {expected.Min():g3} to {expected.Max():g3}");
        Assert.IsLessThanOrEqualTo(1e-5, difference);
        Assert.IsGreaterThan(0.01f, expected.Max() - expected.Min(), "Rows that all score alike would hide an error.");
        if (task == "binary")
        {
            Assert.IsLessThanOrEqualTo(1e-5, Differences.MaxAbs([.. scored.GetColumn<float>("Probability")], results[1].GetTensorDataAsSpan<float>().ToArray()));
            CollectionAssert.AreEqual(scored.GetColumn<bool>("PredictedLabel").ToArray(), results[2].GetTensorDataAsSpan<bool>().ToArray());
        }
    }

    [TestMethod]
    public void Pipeline_HoldsEveryStepThatIsKnown()
    {
        var ml = new MLContext(seed: 1);
        var train = ml.Data.LoadFromEnumerable(StepRow.Train(200));
        static IEnumerable<ITransformer> Flatten(ITransformer step) => step is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [step];
        var used = OpenedSteps.Open([.. Flatten(AllStepsPipeline.Create(ml.Transforms).Fit(train))], train.Schema).Select(step => step.Transformer.GetType().FullName!).ToHashSet();
        // Pictures have tests of their own, see ImageExportTests.
        foreach (string step in StepConverters.Default.Steps.Where(step => !step.StartsWith("Microsoft.ML.Transforms.Image.", StringComparison.Ordinal)))
        {
            Assert.Contains(step, used);
        }
    }

    private static int Width(IDataView view) => ((VectorDataViewType)view.Schema["Features"].Type).Size;

    private static Dictionary<string, OrtValue> Inputs(InferenceSession session, StepRow[] rows)
    {
        long n = rows.Length;
        var all = new Dictionary<string, Func<OrtValue>>
        {
            ["Number"] = () => OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Number).ToArray(), [n, 1]),
            ["Numbers"] = () => OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row.Numbers).ToArray(), [n, 3]),
            ["OneSlot"] = () => OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row.OneSlot).ToArray(), [n, 1]),
            ["Wide"] = () => OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Wide).ToArray(), [n, 1]),
            ["Wides"] = () => OrtValue.CreateTensorValueFromMemory(rows.SelectMany(row => row.Wides).ToArray(), [n, 2]),
            ["Count"] = () => OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Count).ToArray(), [n, 1]),
            ["Big"] = () => OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Big).ToArray(), [n, 1]),
            ["Flag"] = () => OrtValue.CreateTensorValueFromMemory(rows.Select(row => row.Flag).ToArray(), [n, 1]),
            ["Text"] = () => Texts([.. rows.Select(row => row.Text)], 1),
            ["Texts"] = () => Texts([.. rows.SelectMany(row => row.Texts)], 2),
        };
        CollectionAssert.AreEquivalent(all.Keys.ToArray(), session.InputNames.ToArray());
        return session.InputNames.ToDictionary(name => name, name => all[name]());
    }

    private static (double Difference, int Labels) Compare(MLContext ml, TransformerChain<ITransformer> model, string file, StepRow[] rows)
    {
        using var session = new InferenceSession(file);
        using var options = new RunOptions();
        using var results = session.Run(options, Inputs(session, rows), ["Score", "PredictedLabel"]);
        var scored = model.Transform(ml.Data.LoadFromEnumerable(rows));
        double difference = Differences.MaxAbs([.. scored.GetColumn<float[]>("Score").SelectMany(row => row)], results[0].GetTensorDataAsSpan<float>().ToArray());
        var labels = ml.Transforms.Conversion.MapKeyToValue("Word", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Word");
        float[] first = [.. scored.GetColumn<float[]>("Score").Select(row => row[0])];
        Assert.IsGreaterThan(0.01f, first.Max() - first.Min(), "Rows that all score alike would hide an error.");
        return (difference, labels.Zip(results[1].GetStringTensorAsArray()).Count(pair => pair.First != pair.Second));
    }

    private static OrtValue Texts(string[] texts, int width)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [texts.Length / width, width]);
        for (int i = 0; i < texts.Length; i++)
        {
            value.StringTensorSetElementAt(texts[i], i);
        }

        return value;
    }
}
