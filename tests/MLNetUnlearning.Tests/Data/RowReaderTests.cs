using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Data;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Data;

[TestClass]
public sealed class RowReaderTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    [DataRow("SByte")]
    [DataRow("Byte")]
    [DataRow("Int16")]
    [DataRow("UInt16")]
    [DataRow("Int32")]
    [DataRow("UInt32")]
    [DataRow("Int64")]
    public void Read_IntegerRowIds_AreReadFromAnyWidth(string column)
    {
        var rows = Enumerable.Range(1, 100).Select(i => new IntegerRow
        {
            SByte = (sbyte)i,
            Byte = (byte)i,
            Int16 = (short)i,
            UInt16 = (ushort)i,
            Int32 = i,
            UInt32 = (uint)i,
            Int64 = i,
            Features = [i],
            Label = (uint)(i % 2),
        });
        using var read = new RowReader(new ColumnNames(column), PredictionTask.MulticlassClassification).Read(Ml.Data.LoadFromEnumerable(rows));
        CollectionAssert.AreEqual(Enumerable.Range(1, 100).Select(i => (long)i).ToArray(), read.Rows.RowIds.ToArray());
    }

    [TestMethod]
    public void Read_SparseFeatures_EqualDenseOnes()
    {
        var data = Mapped(Ml.Transforms.Categorical.OneHotEncoding("Hot", "Digit"), Digits.Train[..50]);
        using var read = new RowReader(new ColumnNames("RowId", "Hot"), PredictionTask.MulticlassClassification).Read(data);
        using var scope = TorchSharp.torch.NewDisposeScope();
        Assert.IsTrue(read.Rows.Features.argmax(1).eq(read.Rows.Labels).all().item<bool>());
        Assert.AreEqual(50f, read.Rows.Features.sum().item<float>());
    }

    [TestMethod]
    public void Read_WithFilter_SkipsRowsWithoutCheckingThem()
    {
        var rows = Digits.Train[..20].Select(row => new DigitRow { RowId = row.RowId, Pixels = [.. row.Pixels], Digit = row.Digit }).ToArray();
        rows[4].Pixels[0] = float.NaN;
        var data = Mapped(Ml.Transforms.CopyColumns("Again", "Pixels"), rows);
        var reader = new RowReader(new ColumnNames("RowId", "Pixels"), PredictionTask.MulticlassClassification);
        using var read = reader.Read(data, id => id != rows[4].RowId);
        Assert.AreEqual(1, read.Skipped);
        Assert.AreEqual(19, read.Rows.Count);
        Assert.AreEqual(rows[4].RowId, Assert.ThrowsExactly<RowDataException>(() => reader.Read(data)).RowId);
    }

    [TestMethod]
    public void Read_InfiniteFeature_NamesRowAndColumn()
    {
        var rows = new[] { Digits.Train[0], new DigitRow { RowId = 4711, Digit = "d1", Pixels = [.. Enumerable.Repeat(float.PositiveInfinity, 64)] } };
        var error = Assert.ThrowsExactly<RowDataException>(() => new RowReader(new ColumnNames("RowId", "Pixels"), PredictionTask.MulticlassClassification).Read(Mapped(Ml.Transforms.CopyColumns("Again", "Pixels"), rows)));
        Assert.AreEqual(4711, error.RowId);
        Assert.AreEqual("Pixels", error.Column);
    }

    private static IDataView Mapped<T>(IEstimator<T> step, DigitRow[] rows) where T : class, ITransformer
    {
        var data = Ml.Data.LoadFromEnumerable(rows);
        return Ml.Transforms.Conversion.MapValueToKey("Label", "Digit").Append(step).Fit(data).Transform(data);
    }

    private sealed class IntegerRow
    {
        public sbyte SByte { get; set; }

        public byte Byte { get; set; }

        public short Int16 { get; set; }

        public ushort UInt16 { get; set; }

        public int Int32 { get; set; }

        public uint UInt32 { get; set; }

        public long Int64 { get; set; }

        [VectorType(1)]
        public float[] Features { get; set; } = [];

        [KeyType(2)]
        public uint Label { get; set; }
    }
}
