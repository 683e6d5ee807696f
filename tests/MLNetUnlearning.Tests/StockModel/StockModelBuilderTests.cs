using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.StockModel;
using MLNetUnlearning.Tests.Onnx;

namespace MLNetUnlearning.Tests.StockModel;

[TestClass]
public sealed class StockModelBuilderTests
{
    // Float32 sums in another order; see the parity tests of the exporter.
    private const double Tolerance = 1e-6;
    private static readonly StockModelColumns Columns = new("Features", "Score", "PredictedLabel");

    [TestMethod]
    public void Build_TextLabels_ScoresAndLabelsAsTorchSharp() => CheckLabels(["ant", "bee", "cat", "dog", "eel"]);

    [TestMethod]
    public void Build_UnsignedLabels_KeepTheirValues()
    {
        CheckLabels<uint>([40, 7, 3, 1000, 2]);
        CheckLabels<ulong>([40, 7, 3, 1000, 2]);
        CheckLabels<byte>([40, 7, 3, 200, 2]);
        CheckLabels<ushort>([40, 7, 3, 200, 2]);
    }

    [TestMethod]
    public void Build_NumericLabels_KeepTheirValues()
    {
        CheckLabels<float>([0.5f, -1, 3, 8, 2]);
        CheckLabels<double>([0.1, -1, 3, 8, 2]);
        CheckLabels([-40, 7, 3, 1000, 0]);
        CheckLabels([-40L, 7, 3, 1000, 0]);
        CheckLabels<short>([-40, 7, 3, 1000, 0]);
        CheckLabels<sbyte>([-40, 7, 3, 100, 0]);
    }

    [TestMethod]
    public void Build_TimesAndBooleans_KeepTheirValues()
    {
        DateTime[] dates = [.. Enumerable.Range(1, 5).Select(day => new DateTime(2024, 1, day))];
        CheckLabels(dates);
        CheckLabels([.. dates.Select(date => new DateTimeOffset(date, TimeSpan.FromHours(2)))]);
        CheckLabels([.. dates.Select(date => date.TimeOfDay + TimeSpan.FromDays(date.Day))]);
        CheckLabels([true, false]);
    }

    [TestMethod]
    public void Build_LabelWithoutValues_PredictsPlainKeys()
    {
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var ml = new MLContext(seed: 1);
        float[] rows = SampleNetworks.Rows(network, 20, 4);
        var data = FeatureRows.Create(ml, rows, 12);
        using var model = StockModelBuilder.Build(ml, network, Columns, new DataViewSchema.Annotations.Builder().ToAnnotations(), slotNames: null);
        var scored = model.Transform(data);

        var key = (KeyDataViewType)scored.Schema["PredictedLabel"].Type;
        Assert.AreEqual(5UL, key.Count);

        // ML.NET's mapping writes the keys as text behind themselves, which the label itself does not have.
        VBuffer<ReadOnlyMemory<char>> texts = default;
        scored.Schema["PredictedLabel"].GetKeyValues(ref texts);
        CollectionAssert.AreEqual(new[] { "1", "2", "3", "4", "5" }, texts.DenseValues().Select(text => text.ToString()).ToArray());
        uint[] expected = [.. Differences.ArgMax(SampleNetworks.Softmax(network, rows), 5).Select(index => (uint)index + 1)];
        CollectionAssert.AreEqual(expected, scored.GetColumn<uint>("PredictedLabel").ToArray());
    }

    [TestMethod]
    public void Build_AnyLabel_AddsTwoColumnsOfTheRightTypes()
    {
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var ml = new MLContext(seed: 1);
        var data = FeatureRows.Create(ml, SampleNetworks.Rows(network, 2, 4), 12);
        string[] names = ["ant", "bee", "cat", "dog", "eel"];
        using var model = StockModelBuilder.Build(ml, network, Columns, Labels(ml, names), names);
        var schema = model.Transform(data).Schema;

        CollectionAssert.AreEquivalent(new[] { "Features", "Score", "PredictedLabel" }, schema.Select(column => column.Name).Distinct().ToArray());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 5), schema["Score"].Type);
        Assert.AreEqual(typeof(uint), schema["PredictedLabel"].Type.RawType);
        VBuffer<ReadOnlyMemory<char>> slots = default;
        schema["Score"].GetSlotNames(ref slots);
        CollectionAssert.AreEqual(names, slots.DenseValues().Select(slot => slot.ToString()).ToArray());
    }

    [TestMethod]
    public void Build_OtherColumnNames_KeepsTheRowsOwnScore()
    {
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var ml = new MLContext(seed: 1);
        float[] rows = SampleNetworks.Rows(network, 6, 4);
        var plain = FeatureRows.Create(ml, rows, 12);
        var data = ml.Transforms.CopyColumns("Inputs", "Features").Append(ml.Transforms.CopyColumns("Score", "Features")).Fit(plain).Transform(plain);
        using var model = StockModelBuilder.Build(ml, network, new StockModelColumns("Inputs", "Chances", "Guess"), Labels(ml, ["a", "b", "c", "d", "e"]), slotNames: null, data.Schema["Score"].Type);
        var scored = model.Transform(data);

        float[] scores = [.. scored.GetColumn<float[]>("Chances").SelectMany(row => row)];
        Assert.IsLessThanOrEqualTo(Tolerance, Differences.MaxAbs(SampleNetworks.Softmax(network, rows), scores));
        CollectionAssert.AreEqual(rows, scored.GetColumn<float[]>("Score").SelectMany(row => row).ToArray());
        Assert.IsTrue(scored.Schema["Guess"].Type is KeyDataViewType);
    }

    [TestMethod]
    public void Dispose_BuiltAndLoadedModel_LeavesNoTemporaryFiles()
    {
        using var folder = new TemporaryFolder();
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var ml = new MLContext(seed: 1) { TempFilePath = folder.Path };
        var data = FeatureRows.Create(ml, SampleNetworks.Rows(network, 2, 4), 12);
        using var file = new MemoryStream();
        using (var model = StockModelBuilder.Build(ml, network, Columns, Labels(ml, ["a", "b", "c", "d", "e"]), slotNames: null))
        {
            Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
            ml.Model.Save(model, data.Schema, file);
        }

        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path), string.Join(", ", Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories)));
        using (var loaded = (IDisposable)ml.Model.Load(file, out _))
        {
            Assert.IsNotEmpty(Directory.GetFileSystemEntries(folder.Path));
        }

        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path), string.Join(", ", Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories)));
    }

    [TestMethod]
    public void Build_KeyValuesOrSlotNamesOfAnotherCount_Throws()
    {
        using var network = SampleNetworks.Create(NetworkKind.Mlp);
        var ml = new MLContext(seed: 1);
        string[] four = ["a", "b", "c", "d"];
        string[] five = [.. four, "e"];
        Assert.ThrowsExactly<ArgumentException>(() => StockModelBuilder.Build(ml, network, Columns, Labels(ml, four), five));
        Assert.ThrowsExactly<ArgumentException>(() => StockModelBuilder.Build(ml, network, Columns, Labels(ml, five), four));
        Assert.ThrowsExactly<ArgumentException>(() => StockModelBuilder.Build(ml, network, Columns with { Score = "PredictedLabel" }, Labels(ml, five), five));
    }

    private static void CheckLabels<T>(T[] values)
    {
        using var network = Network.Create(NetworkSpec.Mlp(8), 12, values.Length, seed: 3);
        var ml = new MLContext(seed: 1);
        float[] rows = SampleNetworks.Rows(network, 40, 4);
        var data = FeatureRows.Create(ml, rows, 12);
        using var model = StockModelBuilder.Build(ml, network, Columns, Labels(ml, values), [.. values.Select(value => $"{value}")]);
        var scored = model.Transform(data);
        var labelled = ml.Transforms.Conversion.MapKeyToValue("Value", "PredictedLabel").Fit(scored).Transform(scored);

        float[] expected = SampleNetworks.Softmax(network, rows);
        Assert.IsLessThanOrEqualTo(Tolerance, Differences.MaxAbs(expected, [.. scored.GetColumn<float[]>("Score").SelectMany(row => row)]));
        T[] labels = [.. Differences.ArgMax(expected, values.Length).Select(index => values[index])];
        Assert.IsGreaterThan(1, labels.Distinct().Count());
        CollectionAssert.AreEqual(labels, labelled.GetColumn<T>("Value").ToArray());
    }

    /// <summary>Annotations of a label column whose keys stand for the values in their order.</summary>
    private static DataViewSchema.Annotations Labels<T>(MLContext ml, T[] values)
    {
        var data = ml.Data.LoadFromEnumerable(values.Select(value => new LabelledRow<T> { Features = new float[12], Label = value }));
        return ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data).Schema["Label"].Annotations;
    }
}
