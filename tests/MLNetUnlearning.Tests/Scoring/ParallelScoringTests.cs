using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Tests.Scoring;

[TestClass]
public sealed class ParallelScoringTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private int read;

    [TestMethod]
    [DataRow(null, 2)]
    [DataRow(null, 5)]
    [DataRow(7, 3)]
    [DataRow(64, 4)]
    [DataRow(5000, 2)]
    public void Transform_SeveralWorkers_GivesTheBitsOfOne(int? batchSize, int workers)
    {
        using var network = Network.Create(NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 4, 8), 64, 10, seed: 3);
        byte[] model = OnnxNetworkExporter.Export(network);
        // Without a row count the cursor cannot know how much there is to read.
        var data = Ml.Data.LoadFromEnumerable(Digits.Test.Where(_ => true));
        Assert.IsNull(data.GetRowCount());
        var (expected, ids) = Scored(model, data, new ScoringOptions { MaxWorkers = 1, BatchSize = batchSize });
        var (actual, idsAgain) = Scored(model, data, new ScoringOptions { MaxWorkers = workers, BatchSize = batchSize });
        Assert.HasCount(Digits.TestRows, expected);
        CollectionAssert.AreEqual(ids, idsAgain);
        for (int row = 0; row < expected.Length; row++)
        {
            CollectionAssert.AreEqual(expected[row], actual[row], $"row {row}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    public void MoveNext_ManyRows_ComeInOrderWithAtMostSoManyRunsAtOnce(int workers)
    {
        var model = Probe(workers, value => Thread.Sleep(value % 3));
        CollectionAssert.AreEqual(Enumerable.Range(0, 1003).Select(i => 2 * i).ToArray(), Doubled(model, 1003));
        Assert.AreEqual(101, model.Runs);
        Assert.IsInRange(1, workers, model.MostAtOnce);
        Assert.IsTrue(model.DisposedAtRest);
    }

    [TestMethod]
    public void MoveNext_SeveralWorkers_RunAtTheSameTime()
    {
        // The first run is the reader's alone. Of the others each waits for another one, which one thread could never bring.
        using var pair = new Barrier(2);
        var model = Probe(2, value => Assert.IsTrue(value == 0 || pair.SignalAndWait(Patience)));
        Assert.HasCount(210, Doubled(model, 210));
        Assert.AreEqual(2, model.MostAtOnce);
    }

    [TestMethod]
    public void MoveNext_FewRowsWanted_ReadsOneBatchAndIsBoundedLater()
    {
        var model = Probe(2, _ => { });
        using var cursor = Cursor(model, 1000, _ => { });
        Assert.IsTrue(cursor.MoveNext());
        Assert.IsLessThanOrEqualTo(11, read);
        for (int row = 1; row < 900; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            // Two batches for each worker, and the one row by which the enumerable itself is ahead.
            Assert.IsLessThanOrEqualTo(row - row % 10 + 4 * 10 + 1, read);
        }
    }

    /// <summary>To wake a thread for a batch that the reader waits for costs more than it saves, and most of what a service scores is no more than a batch.</summary>
    [TestMethod]
    public void MoveNext_RowsOfOneBatch_AreScoredByTheReaderAlone()
    {
        var threads = new ConcurrentBag<int>();
        for (int time = 0; time < 20; time++)
        {
            using var cursor = Cursor(Probe(4, _ => threads.Add(Environment.CurrentManagedThreadId)), 10, _ => { });
            Assert.IsTrue(cursor.MoveNext());
        }

        Assert.IsTrue(threads.All(thread => thread == Environment.CurrentManagedThreadId), string.Join(", ", threads));
        Assert.HasCount(20, threads);
    }

    [TestMethod]
    public void Dispose_InTheMiddle_WaitsForRunsAndStartsNoMore()
    {
        using var begun = new ManualResetEventSlim();
        using var finish = new ManualResetEventSlim();
        var model = Probe(2, value =>
        {
            if (value > 10 && Environment.CurrentManagedThreadId != Reader)
            {
                begun.Set();
                Assert.IsTrue(finish.Wait(Patience));
            }
        });
        Reader = Environment.CurrentManagedThreadId;
        var cursor = Cursor(model, 1000, _ => { });
        for (int row = 0; row < 60 && !begun.IsSet; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            begun.Wait(10);
        }

        Assert.IsTrue(begun.Wait(Patience));
        var disposing = Task.Run(cursor.Dispose);
        Assert.IsFalse(disposing.Wait(50));
        finish.Set();
        Assert.IsTrue(disposing.Wait(Patience));
        Assert.IsTrue(model.DisposedAtRest);
        int runs = model.Runs;
        Assert.IsFalse(cursor.MoveNext());
        cursor.Dispose();
        Thread.Sleep(20);
        Assert.AreEqual(runs, model.Runs);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void MoveNext_RunFails_ThrowsAtItsRowsAndAgain(int workers)
    {
        var model = Probe(workers, value =>
        {
            if (value == 70)
            {
                throw new InvalidDataException("broken at 70");
            }
        });
        using var cursor = Cursor(model, 1000, _ => { });
        ReadThenFail<InvalidDataException>(cursor, 70, "broken at 70");
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void MoveNext_SourceFails_ServesEarlierBatchesFirst(int workers)
    {
        var model = Probe(workers, _ => { });
        using var cursor = Cursor(model, 1000, value =>
        {
            if (value == 75)
            {
                throw new InvalidDataException("bad row 75");
            }
        });
        ReadThenFail<InvalidDataException>(cursor, 70, "bad row 75");
    }

    [TestMethod]
    public void MoveNext_PoolWithoutAFreeThread_GoesOn()
    {
        using var release = new ManualResetEventSlim();
        ThreadPool.GetMinThreads(out int before, out int ports);
        var blocked = Enumerable.Range(0, before + 2).Select(_ => Task.Run(() => release.Wait(Patience))).ToArray();
        try
        {
            Assert.HasCount(1003, Doubled(Probe(4, _ => { }), 1003));
        }
        finally
        {
            release.Set();
            Task.WaitAll(blocked);
        }
    }

    [TestMethod]
    public void GetRowCursorSet_DividesTheWorkers()
    {
        var data = Ml.Data.Cache(Ml.Data.LoadFromEnumerable(SumRow.Rows(5000)));
        var options = SumRow.Options();
        options.Scoring = new ScoringOptions { MaxWorkers = 6, BatchSize = 16 };
        using var model = Ml.Transforms.ScoreOnnx(options).Fit(data);
        var scored = model.Transform(data);
        var totals = new System.Collections.Concurrent.ConcurrentBag<float>();
        Parallel.ForEach(scored.GetRowCursorSet(scored.Schema, 3), cursor =>
        {
            using (cursor)
            {
                var total = cursor.GetGetter<float>(scored.Schema["Total"]);
                float value = 0;
                while (cursor.MoveNext())
                {
                    total(ref value);
                    totals.Add(value);
                }
            }
        });
        CollectionAssert.AreEqual(SumRow.Rows(5000).Select(row => row.Expected).Order().ToArray(), totals.Order().ToArray());
    }

    [TestMethod]
    public void Validate_NoWorker_Throws() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(new ScoringOptions { MaxWorkers = 0 }.Validate);

    private int Reader { get; set; }

    private static (float[][] Scores, DataViewRowId[] Ids) Scored(byte[] model, IDataView data, ScoringOptions scoring)
    {
        using var step = Ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = model, Inputs = [new OnnxInput("Features", "Pixels")], Outputs = [new OnnxOutput("Score", "Score")], Scoring = scoring }).Fit(data);
        var view = step.Transform(data);
        var ids = new List<DataViewRowId>();
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getter(ref id);
            ids.Add(id);
        }

        return ([.. view.GetColumn<float[]>("Score")], [.. ids]);
    }

    private static ProbeModel Probe(int workers, Action<int> onRun) => new(Ml.Data.LoadFromEnumerable<ProbeRow>([]).Schema) { Workers = workers, OnRun = onRun };

    private int[] Doubled(ProbeModel model, int count)
    {
        using var cursor = Cursor(model, count, _ => { });
        var (getter, position) = (cursor.GetGetter<int>(cursor.Schema["Doubled"]), 0L);
        var values = new List<int>();
        int value = 0;
        while (cursor.MoveNext())
        {
            Assert.AreEqual(position++, cursor.Position);
            getter(ref value);
            values.Add(value);
        }

        return [.. values];
    }

    private DataViewRowCursor Cursor(ProbeModel model, int count, Action<int> onRow)
    {
        read = 0;
        IEnumerable<ProbeRow> Rows()
        {
            for (int i = 0; i < count; i++)
            {
                read++;
                onRow(i);
                yield return new ProbeRow { Value = i };
            }
        }

        var view = new ScoredDataView(model, Ml.Data.LoadFromEnumerable(Rows()));
        return view.GetRowCursor(view.Schema);
    }

    private static void ReadThenFail<TException>(DataViewRowCursor cursor, int rows, string message) where TException : Exception
    {
        var getter = cursor.GetGetter<int>(cursor.Schema["Doubled"]);
        int value = 0;
        for (int row = 0; row < rows; row++)
        {
            Assert.IsTrue(cursor.MoveNext());
            getter(ref value);
            Assert.AreEqual(2 * row, value);
        }

        Assert.AreEqual(message, Assert.ThrowsExactly<TException>(() => cursor.MoveNext()).Message);
        Assert.AreEqual(message, Assert.ThrowsExactly<TException>(() => cursor.MoveNext()).Message);
    }

    private sealed class ProbeRow
    {
        public int Value { get; set; }
    }
}
