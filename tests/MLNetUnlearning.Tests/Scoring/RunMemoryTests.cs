using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>Memory that one cursor hands on to the next.</summary>
[TestClass]
public sealed class RunMemoryTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void GetRowCursor_AfterAnother_TakesItsMemory()
    {
        using var model = Model();
        var view = model.Transform(View());
        long Opened()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            using var cursor = view.GetRowCursor([view.Schema["Score"]]);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        long first = Opened(), second = Opened();

        // 128 slots of 64 features and 10 scores are 38 KiB.
        Assert.IsGreaterThan(second + 36_000, first);
    }

    /// <summary>Two cursors at once, one of them begun with what a third left: none sees the others' rows.</summary>
    [TestMethod]
    public void Cursors_AtOnce_KeepToTheirOwnRows()
    {
        using var model = Model();
        IDataView all = model.Transform(View()), turned = model.Transform(Ml.Data.LoadFromEnumerable(Digits.Test.Reverse()));
        float[][] expected = Read(all);
        CollectionAssert.AreEqual(expected.SelectMany(row => row).ToArray(), Read(all).SelectMany(row => row).ToArray());

        using DataViewRowCursor one = all.GetRowCursor([all.Schema["Score"]]), other = turned.GetRowCursor([turned.Schema["Score"]]);
        ValueGetter<VBuffer<float>> ofOne = one.GetGetter<VBuffer<float>>(all.Schema["Score"]), ofOther = other.GetGetter<VBuffer<float>>(turned.Schema["Score"]);
        VBuffer<float> value = default;
        for (int row = 0; row < expected.Length; row++)
        {
            Assert.IsTrue(one.MoveNext() && other.MoveNext());
            ofOne(ref value);
            CollectionAssert.AreEqual(expected[row], value.DenseValues().ToArray());
            ofOther(ref value);
            CollectionAssert.AreEqual(expected[^(row + 1)], value.DenseValues().ToArray());
        }
    }

    [TestMethod]
    public void Read_FromManyThreads_GivesTheSame()
    {
        using var model = Model();
        var view = model.Transform(View());
        float[] expected = [.. Read(view).SelectMany(row => row)];
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => CollectionAssert.AreEqual(expected, Read(view).SelectMany(row => row).ToArray()));
    }

    /// <summary>A row that is done with must not write into memory that another one may have by now.</summary>
    [TestMethod]
    public void Getter_OfADisposedRow_Throws()
    {
        using var model = Model();
        var data = View();
        using var source = data.GetRowCursor(data.Schema);
        Assert.IsTrue(source.MoveNext());
        var mapper = ((ITransformer)model).GetRowToRowMapper(data.Schema);
        var row = mapper.GetRow(source, [mapper.OutputSchema["Score"]]);
        var getter = row.GetGetter<VBuffer<float>>(mapper.OutputSchema["Score"]);
        VBuffer<float> value = default;
        getter(ref value);

        row.Dispose();

        Assert.ThrowsExactly<ObjectDisposedException>(() =>
        {
            source.MoveNext();
            getter(ref value);
        });
    }

    private static IDataView View() => Ml.Data.LoadFromEnumerable(Digits.Test);

    private static OnnxScoringTransformer Model()
    {
        using var network = Network.Create(NetworkSpec.Mlp(16), 64, 10, seed: 3);
        return Ml.Transforms.ScoreOnnx(new OnnxScoringOptions
        {
            Model = OnnxNetworkExporter.Export(network),
            Inputs = [new OnnxInput("Features", "Pixels")],
            Outputs = [new OnnxOutput("Score", "Score")],
            Scoring = new ScoringOptions { MaxWorkers = 2, BatchSize = 32 },
        }).Fit(View());
    }

    private static float[][] Read(IDataView view) => [.. view.GetColumn<float[]>("Score")];
}
