using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Tests.Scoring;

[TestClass]
public sealed class PassThroughColumnTests
{
    private const int Count = 600;
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void Transform_AllColumnTypes_ComeThroughUnchanged()
    {
        var rows = Rows();
        var data = Ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(Ml.Data.LoadFromEnumerable(rows)).Transform(Ml.Data.LoadFromEnumerable(rows));
        using var model = Trained(data);
        var scored = Ml.Data.CreateEnumerable<WideRow>(model.Transform(data), reuseRowObject: false, ignoreMissingColumns: true).ToArray();
        Assert.HasCount(Count, scored);
        for (int i = 0; i < Count; i++)
        {
            Assert.AreEqual(rows[i].Describe(), scored[i].Describe(), $"row {i}");
        }
    }

    [TestMethod]
    public void Transform_SparseVectorsAndKeys_ComeThroughUnchanged()
    {
        var rows = Rows();
        var prefix = Ml.Transforms.Conversion.MapValueToKey("Label", "Class").Append(Ml.Transforms.Categorical.OneHotEncoding("Hot", "Class")).Fit(Ml.Data.LoadFromEnumerable(rows));
        var data = prefix.Transform(Ml.Data.LoadFromEnumerable(rows));
        using var model = Trained(data);
        var view = model.Transform(data);
        using var expected = data.GetRowCursor(data.Schema);
        using var actual = view.GetRowCursor(view.Schema);
        var (hot, hotAgain) = (expected.GetGetter<VBuffer<float>>(data.Schema["Hot"]), actual.GetGetter<VBuffer<float>>(view.Schema["Hot"]));
        var (key, keyAgain) = (expected.GetGetter<uint>(data.Schema["Label"]), actual.GetGetter<uint>(view.Schema["Label"]));
        var (id, idAgain) = (expected.GetIdGetter(), actual.GetIdGetter());
        int rowsRead = 0;
        while (expected.MoveNext())
        {
            Assert.IsTrue(actual.MoveNext());
            VBuffer<float> a = default, b = default;
            uint keyA = 0, keyB = 0;
            DataViewRowId idA = default, idB = default;
            hot(ref a);
            hotAgain(ref b);
            key(ref keyA);
            keyAgain(ref keyB);
            id(ref idA);
            idAgain(ref idB);
            Assert.AreEqual(a.IsDense, b.IsDense);
            CollectionAssert.AreEqual(a.Items().ToArray(), b.Items().ToArray());
            Assert.AreEqual(keyA, keyB);
            Assert.AreEqual(idA, idB);
            Assert.AreEqual(expected.Position, actual.Position);
            rowsRead++;
        }

        Assert.IsFalse(actual.MoveNext());
        Assert.AreEqual(-1, actual.Position);
        Assert.AreEqual(Count, rowsRead);
    }

    [TestMethod]
    public void Transform_SparseFeatures_ScoreAsDenseOnes()
    {
        var rows = Rows();
        var prefix = Ml.Transforms.Conversion.MapValueToKey("Label", "Class").Append(Ml.Transforms.Categorical.OneHotEncoding("Hot", "Class")).Fit(Ml.Data.LoadFromEnumerable(rows));
        var data = prefix.Transform(Ml.Data.LoadFromEnumerable(rows));
        var options = Digits.SmallOptions("Id");
        options.FeatureColumnName = "Hot";
        using var model = Ml.MulticlassClassification.Trainers.NeuralNetwork(options).Fit(data);
        var scored = Ml.Data.CreateEnumerable<WideScore>(model.Transform(data), reuseRowObject: false).ToArray();
        for (int i = 0; i < Count; i++)
        {
            Assert.AreEqual(scored[i].Label, scored[i].PredictedLabel, $"row {i}");
        }
    }

    [TestMethod]
    public void GetGetter_WrongType_Throws()
    {
        var data = Ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(Ml.Data.LoadFromEnumerable(Rows())).Transform(Ml.Data.LoadFromEnumerable(Rows()));
        using var model = Trained(data);
        var view = model.Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Text"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Score"]));
    }

    private static NeuralNetworkTransformer Trained(IDataView data) => Ml.MulticlassClassification.Trainers.NeuralNetwork(Digits.SmallOptions("Id")).Fit(data);

    private static WideRow[] Rows() =>
    [
        .. Enumerable.Range(0, Count).Select(i => new WideRow
        {
            Id = 1000 + i,
            Class = i % 3 == 0 ? "a" : "b",
            Features = [i % 3, (i * 7) % 11],
            Flag = i % 2 == 0,
            Small = (short)i,
            Number = i / 3.0,
            Text = $"row {i}",
            Words = [.. Enumerable.Range(0, i % 4).Select(j => $"word {i} {j}")],
            Doubles = [i, i + 0.5],
            Date = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i),
            Offset = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(2)).AddSeconds(i),
            Span = TimeSpan.FromSeconds(i),
        }),
    ];

    private sealed class WideScore
    {
        public uint Label { get; set; }

        public uint PredictedLabel { get; set; }
    }
}
