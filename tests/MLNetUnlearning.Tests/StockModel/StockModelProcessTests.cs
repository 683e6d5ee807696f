using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.StockModel;

[TestClass]
public sealed class StockModelProcessTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Save_LoadedByAProcessWithoutThisLibrary_ScoresAndEvaluatesAlike()
    {
        string programFolder = Path.GetDirectoryName(StockLoaderProcess.Assembly)!;
        Assert.IsFalse(Directory.EnumerateFiles(programFolder, "*.dll").Any(file => Path.GetFileName(file) is var name && (name.StartsWith("MLNetUnlearning", StringComparison.Ordinal) || name.StartsWith("TorchSharp", StringComparison.Ordinal))));

        using var folder = new TemporaryFolder();
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var ml = new MLContext(seed: 1);
        string[] names = ["ant", "bee", "cat", "dog", "eel"];
        float[] features = SampleNetworks.Rows(network, 60, 8);
        LabelledRow<string>[] rows = [.. features.Chunk(12).Select((row, i) => new LabelledRow<string> { Features = row, Label = names[i % 5] })];
        var data = ml.Data.LoadFromEnumerable(rows);
        var preparation = ml.Transforms.Conversion.MapValueToKey("Label").Append(ml.Transforms.NormalizeMeanVariance("Features")).Fit(data);
        var prepared = preparation.Transform(data);
        using var model = new TransformerChain<ITransformer>(
            preparation,
            StockModelBuilder.Build(ml, network, new StockModelColumns("Features", "Score", "PredictedLabel"), prepared.Schema["Label"].Annotations, names));
        ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        WriteCsv(folder.File("data.csv"), rows);
        string[][] lines = StockLoaderProcess.Run(folder.File("model.zip"), folder.File("data.csv"), folder.File("out.csv"));

        float[] inputs = [.. prepared.GetColumn<float[]>("Features").SelectMany(row => row)];
        float[] expected = SampleNetworks.Softmax(network, inputs);
        float[] scores = [.. lines.SkipLast(1).SelectMany(line => line.SkipLast(1)).Select(text => float.Parse(text, CultureInfo.InvariantCulture))];
        double difference = Differences.MaxAbs(expected, scores);
        TestContext.WriteLine($"Largest difference of a score to TorchSharp: {difference:g2}");
        Assert.IsLessThanOrEqualTo(1e-6, difference);
        CollectionAssert.AreEqual(Differences.ArgMax(expected, 5).Select(index => names[index]).ToArray(), lines.SkipLast(1).Select(line => line[^1]).ToArray());

        var metrics = ml.MulticlassClassification.Evaluate(model.Transform(data));
        double[] theirs = [.. lines[^1].Skip(1).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        Assert.AreEqual(metrics.MicroAccuracy, theirs[0], 0);
        Assert.AreEqual(metrics.MacroAccuracy, theirs[1], 1e-12);
        Assert.AreEqual(metrics.LogLoss, theirs[2], 1e-6);
    }

    private static void WriteCsv(string path, LabelledRow<string>[] rows) =>
        File.WriteAllLines(path, rows.Select(row => $"{string.Join(',', row.Features.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))},{row.Label}").Prepend("header"));
}
