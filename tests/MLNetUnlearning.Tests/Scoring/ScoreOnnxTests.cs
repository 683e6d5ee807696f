using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;
using DataType = MLNetUnlearning.Onnx.Proto.TensorProto.Types.DataType;

namespace MLNetUnlearning.Tests.Scoring;

[TestClass]
public sealed class ScoreOnnxTests
{
    // Not a multiple of the batch.
    private const int Count = 601;
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void Transform_AllElementTypes_ComeThroughUnchanged()
    {
        AllTypes[] rows = [.. Enumerable.Range(0, Count).Select(AllTypes.Row)];
        (string, string, DataType, long[])[] pairs =
        [
            ("Bool", "Bool2", DataType.Bool, []),
            ("SByte", "SByte2", DataType.Int8, []),
            ("Byte", "Byte2", DataType.Uint8, [1]),
            ("Short", "Short2", DataType.Int16, []),
            ("UShort", "UShort2", DataType.Uint16, []),
            ("Int", "Int2", DataType.Int32, [1]),
            ("UInt", "UInt2", DataType.Uint32, []),
            ("Long", "Long2", DataType.Int64, []),
            ("ULong", "ULong2", DataType.Uint64, []),
            ("Float", "Float2", DataType.Float, []),
            ("Double", "Double2", DataType.Double, []),
            ("Text", "Text2", DataType.String, []),
            ("Words", "Words2", DataType.String, [2]),
            ("Matrix", "Matrix2", DataType.Float, [2, 3]),
        ];
        var data = Ml.Data.LoadFromEnumerable(rows);
        using var model = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.Copies(pairs) }).Fit(data);
        var scored = model.Transform(data);
        CollectionAssert.AreEqual(new[] { 2, 3 }, ((VectorDataViewType)scored.Schema["Matrix2"].Type).Dimensions.ToArray());
        var read = Ml.Data.CreateEnumerable<AllTypes.Copy>(scored, reuseRowObject: false).ToArray();
        Assert.HasCount(Count, read);
        for (int i = 0; i < Count; i++)
        {
            Assert.AreEqual(rows[i].Describe(), read[i].Describe(), $"row {i}");
        }
    }

    [TestMethod]
    public void Transform_MappedColumnsAndChosenOutputs_EqualTheArithmetic()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(Count));
        using var model = SumEstimator().Fit(data);
        var scored = model.Transform(data);
        Assert.IsNull(scored.Schema.GetColumnOrNull("positive"));
        SumRow.Check(Ml.Data.CreateEnumerable<SumRow>(scored, reuseRowObject: false));
    }

    [TestMethod]
    public void Transform_ParallelCursors_GiveEachRowOnce()
    {
        var data = Ml.Data.Cache(Ml.Data.LoadFromEnumerable(SumRow.Rows(5000)));
        using var model = SumEstimator().Fit(data);
        var scored = model.Transform(data);
        var found = new System.Collections.Concurrent.ConcurrentDictionary<int, float>();
        var cursors = scored.GetRowCursorSet(scored.Schema, 4);
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                var (id, total) = (cursor.GetGetter<int>(scored.Schema["Id"]), cursor.GetGetter<float>(scored.Schema["Total"]));
                while (cursor.MoveNext())
                {
                    int key = 0;
                    float value = 0;
                    id(ref key);
                    total(ref value);
                    Assert.IsTrue(found.TryAdd(key, value));
                }
            }
        });
        Assert.HasCount(5000, found);
        Assert.IsTrue(SumRow.Rows(5000).All(row => found[row.Id] == row.Expected));
    }

    [TestMethod]
    public void GetOutputSchema_OfTheChain_EqualsTheFittedOne()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(10));
        var pipeline = Ml.Transforms.CopyColumns("x", "Values").Append(Ml.Transforms.CopyColumns("bias", "Offset")).Append(Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.SumAndDouble() }))
            .Append(Ml.Transforms.Concatenate("All", "sum", "doubled"));
        // Fit asks every step for its schema before it trains one; Concatenate would refuse wrong types.
        using var model = pipeline.Fit(data);
        var fitted = model.GetOutputSchema(data.Schema);
        Assert.AreEqual(NumberDataViewType.Single, fitted["sum"].Type);
        Assert.AreEqual(BooleanDataViewType.Instance, fitted["positive"].Type);
        Assert.AreEqual(4, ((VectorDataViewType)fitted["All"].Type).Size);
    }

    [TestMethod]
    public void CreatePredictionEngine_RowByRow_EqualsTheArithmetic()
    {
        var rows = SumRow.Rows(50);
        using var model = SumEstimator().Fit(Ml.Data.LoadFromEnumerable(rows));
        using var engine = Ml.Model.CreatePredictionEngine<SumRow, SumRow>(model, new PredictionEngineOptions { OwnsTransformer = false });
        SumRow.Check(rows.Select(row => engine.Predict(row)));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    public void Transform_FixedBatchAxis_ScoresEveryRow(int rowsAtOnce)
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(Count));
        byte[] bytes = OnnxModels.WithShape(OnnxModels.Copies(("Values", "Copied", DataType.Float, [3])), rowsAtOnce, 3);
        using var model = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = bytes }).Fit(data);
        var expected = SumRow.Rows(Count).SelectMany(row => row.Values).ToArray();
        CollectionAssert.AreEqual(expected, model.Transform(data).GetColumn<float[]>("Copied").SelectMany(row => row).ToArray());
    }

    [TestMethod]
    public void Transform_NoBatchAxis_ScoresRowByRow()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(20));
        using var model = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.WithShape(OnnxModels.Copies(("Values", "Copied", DataType.Float, [3])), 3) }).Fit(data);
        CollectionAssert.AreEqual(SumRow.Rows(20).SelectMany(row => row.Values).ToArray(), model.Transform(data).GetColumn<float[]>("Copied").SelectMany(row => row).ToArray());
    }

    [TestMethod]
    public void Transform_Keys_FeedTheirRawValues()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(30));
        var pipeline = Ml.Transforms.Conversion.MapValueToKey("Key", "Group")
            .Append(Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = OnnxModels.Copies(("Key", "Raw", DataType.Uint32, [])) }));
        using var model = pipeline.Fit(data);
        var scored = model.Transform(data);
        CollectionAssert.AreEqual(scored.GetColumn<uint>("Key").ToArray(), scored.GetColumn<uint>("Raw").ToArray());
        CollectionAssert.Contains(scored.GetColumn<uint>("Raw").ToArray(), 2u);
    }

    [TestMethod]
    public void Transform_AsVector_GivesOneSlot()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(3));
        var options = new OnnxScoringOptions { Model = OnnxModels.Copies(("Offset", "Copied", DataType.Float, [])), Outputs = [new OnnxOutput("Copied", "One") { AsVector = true }] };
        using var model = Ml.Transforms.ScoreOnnx(options).Fit(data);
        Assert.AreEqual(1, ((VectorDataViewType)model.Transform(data).Schema["One"].Type).Size);
        CollectionAssert.AreEqual(SumRow.Rows(3).Select(row => row.Offset).ToArray(), model.Transform(data).GetColumn<float[]>("One").Select(row => row.Single()).ToArray());
    }

    [TestMethod]
    public void MoveNext_OverManyBatches_AllocatesNothingPerRow()
    {
        var data = Ml.Data.Cache(Ml.Data.LoadFromEnumerable(SumRow.Rows(24_000)), "Values", "Offset");
        using var model = SumEstimator().Fit(data);
        long few = Allocated(model, Ml.Data.TakeRows(data, 4_000)), many = Allocated(model, data);
        Assert.IsLessThan(0.05, (many - few) / 20_000.0, $"{few} bytes for 4,000 rows, {many} for 24,000.");
    }

    [TestMethod]
    public void Dispose_ThenUse_ThrowsObjectDisposedException()
    {
        var data = Ml.Data.LoadFromEnumerable(SumRow.Rows(2000));
        var model = SumEstimator().Fit(data);
        var view = model.Transform(data);
        using var cursor = view.GetRowCursor(view.Schema);
        Assert.IsTrue(cursor.MoveNext());
        using var engine = Ml.Model.CreatePredictionEngine<SumRow, SumRow>(model, new PredictionEngineOptions { OwnsTransformer = false });
        engine.Predict(SumRow.Rows(1)[0]);
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Transform(data));
        Assert.ThrowsExactly<ObjectDisposedException>(() => engine.Predict(SumRow.Rows(2)[1]));
        Assert.ThrowsExactly<ObjectDisposedException>(() =>
        {
            while (cursor.MoveNext())
            {
            }
        });
    }

    private static OnnxScoringEstimator SumEstimator() => Ml.Transforms.ScoreOnnx(SumRow.Options());

    private static long Allocated(OnnxScoringTransformer model, IDataView data)
    {
        // On all threads; the least of several, since the process does other things too.
        return Enumerable.Range(0, 5).Min(_ =>
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Read(model, data);
            return GC.GetTotalAllocatedBytes(precise: true) - before;
        });
    }

    private static void Read(OnnxScoringTransformer model, IDataView data)
    {
        var scored = model.Transform(data);
        using var cursor = scored.GetRowCursor([scored.Schema["Total"], scored.Schema["Twice"]]);
        var (total, twice) = (cursor.GetGetter<float>(scored.Schema["Total"]), cursor.GetGetter<VBuffer<float>>(scored.Schema["Twice"]));
        float value = 0;
        VBuffer<float> vector = default;
        while (cursor.MoveNext())
        {
            total(ref value);
            twice(ref vector);
        }
    }
}
