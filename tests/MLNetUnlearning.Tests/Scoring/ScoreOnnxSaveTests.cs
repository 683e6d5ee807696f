using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Tests.StockModel;
using DataType = MLNetUnlearning.Onnx.Proto.TensorProto.Types.DataType;

namespace MLNetUnlearning.Tests.Scoring;

[TestClass]
public sealed class ScoreOnnxSaveTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void Save_LoadsAsStockSteps_WithEqualOutputs()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(40));
        var options = SumRow.Options();
        options.Outputs = [.. options.Outputs, new OnnxOutput("positive", "Positive")];
        using var model = Ml.Transforms.CopyColumns("Other", "Values").Append(Ml.Transforms.ScoreOnnx(options)).Append(Ml.Transforms.Concatenate("All", "Total", "Twice")).Fit(data);
        using var loaded = (TransformerChain<ITransformer>)Reload(model, data.Schema);
        var (expected, actual) = (model.Transform(data), loaded.Transform(data));
        AssertStock(loaded);
        foreach (string name in new[] { "Total", "Twice", "Positive", "All" })
        {
            Assert.AreEqual(expected.Schema[name].Type, actual.Schema[name].Type, name);
        }

        Assert.IsFalse(actual.Schema.Any(column => column.Name.StartsWith("MLNetUnlearning", StringComparison.Ordinal)));
        CollectionAssert.AreEqual(expected.GetColumn<float>("Total").ToArray(), actual.GetColumn<float>("Total").ToArray());
        CollectionAssert.AreEqual(expected.GetColumn<bool>("Positive").ToArray(), actual.GetColumn<bool>("Positive").ToArray());
        CollectionAssert.AreEqual(expected.GetColumn<float[]>("All").SelectMany(row => row).ToArray(), actual.GetColumn<float[]>("All").SelectMany(row => row).ToArray());
    }

    [TestMethod]
    public void Save_LoadsInAProcessWithoutThisLibrary_WithEqualOutputs()
    {
        using var folder = new TemporaryFolder();
        var rows = SumRow.Rows(600);
        var all = Ml.Data.LoadFromEnumerable(rows);
        var data = Ml.Transforms.SelectColumns("Values", "Offset").Fit(all).Transform(all);
        var options = SumRow.Options();
        options.Outputs = [new OnnxOutput("doubled", "Score")];
        using var model = Ml.Transforms.ScoreOnnx(options).Fit(data);
        Ml.Model.Save(model, data.Schema, folder.File("model.zip"));
        File.WriteAllLines(folder.File("rows.csv"), ["header", .. rows.Select(row => FormattableString.Invariant($"{row.Values[0]},{row.Values[1]},{row.Values[2]},{row.Offset}"))]);
        var lines = StockLoaderProcess.Run(folder.File("model.zip"), folder.File("rows.csv"), folder.File("scores.csv"));
        float[][] expected = [.. model.Transform(data).GetColumn<float[]>("Score")];
        Assert.HasCount(rows.Length, lines);
        for (int i = 0; i < rows.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], lines[i].Select(text => float.Parse(text, System.Globalization.CultureInfo.InvariantCulture)).ToArray(), $"row {i}");
        }
    }

    [TestMethod]
    public void Save_RowsWithAScoreOfTheirOwn_KeepIt()
    {
        var data = Ml.Transforms.CopyColumns("Score", "Offset").Fit(Ml.Data.LoadFromEnumerable(SumRow.Rows(5))).Transform(Ml.Data.LoadFromEnumerable(SumRow.Rows(5)));
        using var model = Ml.Transforms.ScoreOnnx(SumRow.Options()).Fit(data);
        using var loaded = (IDisposable)Reload(model, data.Schema);
        var scored = ((ITransformer)loaded).Transform(data);
        CollectionAssert.AreEqual(data.GetColumn<float>("Score").ToArray(), scored.GetColumn<float>("Score").ToArray());
        CollectionAssert.AreEqual(model.Transform(data).GetColumn<float>("Total").ToArray(), scored.GetColumn<float>("Total").ToArray());
    }

    [TestMethod]
    public void Save_VectorsOfManyTypes_LoadAlike()
    {
        (string, string, DataType, long[])[] pairs =
        [
            ("Words", "Words2", DataType.String, [2]), ("Long", "Long2", DataType.Int64, []), ("Double", "Double2", DataType.Double, []), ("UInt", "UInt2", DataType.Uint32, []), ("Matrix", "Matrix2", DataType.Float, [2, 3]),
        ];
        var data = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(AllTypes.Row));
        var options = new OnnxScoringOptions { Model = OnnxModels.Copies(pairs), Outputs = [.. pairs.Select(pair => new OnnxOutput(pair.Item2, pair.Item2) { AsVector = true })] };
        using var model = Ml.Transforms.ScoreOnnx(options).Fit(data);
        using var loaded = (IDisposable)Reload(model, data.Schema);
        var (expected, actual) = (model.Transform(data), ((ITransformer)loaded).Transform(data));
        Same<ReadOnlyMemory<char>>("Words2");
        Same<long>("Long2");
        Same<double>("Double2");
        Same<uint>("UInt2");
        Same<float>("Matrix2");

        void Same<T>(string name)
        {
            Assert.AreEqual(expected.Schema[name].Type, actual.Schema[name].Type, name);
            CollectionAssert.AreEqual(expected.GetColumn<T[]>(name).SelectMany(row => row).Select(value => value?.ToString()).ToArray(), actual.GetColumn<T[]>(name).SelectMany(row => row).Select(value => value?.ToString()).ToArray());
        }
    }

    [TestMethod]
    public void Save_ScalarWithoutStockForm_NamesColumnAndWayOut()
    {
        var data = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(AllTypes.Row));
        using var model = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.Copies(("Text", "Text2", DataType.String, [])) }).Fit(data);
        using var file = new MemoryStream();
        string message = Assert.ThrowsExactly<NotSupportedException>(() => Ml.Model.Save(model, data.Schema, file)).Message;
        StringAssert.Contains(message, "'Text2'");
        StringAssert.Contains(message, nameof(OnnxOutput.AsVector));
    }

    [TestMethod]
    public void Save_FixedBatch_IsRefused()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(3));
        using var model = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.WithShape(OnnxModels.Copies(("Values", "Copied", DataType.Float, [3])), 7, 3) }).Fit(data);
        using var file = new MemoryStream();
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => Ml.Model.Save(model, data.Schema, file)).Message, "7 rows");
    }

    [TestMethod]
    public void SaveAndDispose_LeavesNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1) { TempFilePath = folder.Path };
        var data = ml.Data.LoadFromEnumerable(SumRow.Rows(5));
        using (var model = ml.Transforms.ScoreOnnx(SumRow.Options()).Fit(data))
        {
            using var file = new MemoryStream();
            ml.Model.Save(model, data.Schema, file);
            file.Position = 0;
            using var loaded = (IDisposable)ml.Model.Load(file, out _);
        }

        Assert.IsEmpty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static ITransformer Reload(ITransformer model, DataViewSchema schema)
    {
        using var file = new MemoryStream();
        Ml.Model.Save(model, schema, file);
        file.Position = 0;
        return Ml.Model.Load(file, out _);
    }

    private static void AssertStock(IEnumerable<ITransformer> steps)
    {
        foreach (var step in steps)
        {
            Assert.StartsWith("Microsoft.ML", step.GetType().Assembly.GetName().Name);
            if (step is IEnumerable<ITransformer> nested)
            {
                AssertStock(nested);
            }
        }
    }
}
