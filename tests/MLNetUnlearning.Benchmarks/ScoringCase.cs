using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>One network, rows for it, and the ways to score them. Each way runs the same weights and reads every probability.</summary>
internal sealed class ScoringCase : IDisposable
{
    /// <summary>Positions of ML.NET's own step among the scorers.</summary>
    public const int Stock = 0, StockOneThread = 1;

    private const int Classes = 10, BareBatch = 256;
    private readonly MLContext ml = new(seed: 1);
    private readonly List<IDisposable> owned = [];
    private readonly float[] features;
    private readonly int width;
    private readonly ArrayRows view;

    public ScoringCase(NetworkSpec spec, int width, int rows)
    {
        this.width = width;
        Rows = rows;
        using var generator = new Generator(1);
        using (var scope = NewDisposeScope())
        {
            features = rand([rows, width], generator: generator).data<float>().ToArray();
        }

        view = new ArrayRows(features, width);
        Scorers = Create(spec);
    }

    public int Rows { get; }

    /// <summary>The ways.</summary>
    public IReadOnlyList<ScoringWay> Scorers { get; }

    /// <summary>Positions of the bare loops that use as many threads as a scorer: one with our batches, one with large ones.</summary>
    public (int First, int Second) BareFor(int scorer)
    {
        int threads = Scorers[scorer].Threads;
        int[] bare = [.. Enumerable.Range(0, Scorers.Count).Where(i => Scorers[i].IsBare && Scorers[i].Threads == threads)];
        return (bare[0], bare[1]);
    }

    public void Dispose() => owned.ForEach(item => item.Dispose());

    private ScoringWay[] Create(NetworkSpec spec)
    {
        var network = Network.Create(spec, width, Classes, seed: 1);
        byte[] model = OnnxNetworkExporter.Export(network);
        var torch = Own(new NeuralNetworkTransformer(
            new NeuralNetworkOptions { ScoringEngine = ScoringEngine.TorchSharp, RowIdColumnName = null, Seed = 1 }, network, new MulticlassHead("Score", "PredictedLabel", Classes, null), null, ml));
        set_num_threads(1);
        int cores = Environment.ProcessorCount, small = BatchRows.Default(width * sizeof(float));
        return
        [
            new("mlnet-apply-onnx", cores, 1, Reader(ApplyOnnx(model, null))),
            new("mlnet-apply-onnx, 1 thread", 1, 1, Reader(ApplyOnnx(model, 1))),
            new("ours", cores, 10, Reader(ScoreOnnx(model, new ScoringOptions()))),
            new("ours, 1 worker", 1, 5, Reader(ScoreOnnx(model, new ScoringOptions { MaxWorkers = 1 }))),
            new("ours, 1 worker, all cores in it", cores, 5, Reader(ScoreOnnx(model, new ScoringOptions { MaxWorkers = 1, IntraOpThreads = 0 }))),
            new($"bare-onnxruntime, {cores} threads, batches of {BareBatch}", cores, 10, Loop(model, BareBatch, cores)) { IsBare = true },
            new($"bare-onnxruntime, {cores} threads, batches of {small}", cores, 10, Loop(model, small, cores)) { IsBare = true },
            new($"bare-onnxruntime, 1 thread, batches of {BareBatch}", 1, 5, Loop(model, BareBatch, 1)) { IsBare = true },
            new($"bare-onnxruntime, 1 thread, batches of {small}", 1, 5, Loop(model, small, 1)) { IsBare = true },
            new("torchsharp", 1, 2, Reader(torch)),
        ];
    }

    private OnnxTransformer ApplyOnnx(byte[] model, int? threads)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("scoring-").FullName, "model.onnx");
        File.WriteAllBytes(file, model);
        owned.Add(new Folder(Path.GetDirectoryName(file)!));
        return Own(ml.Transforms.ApplyOnnxModel(new OnnxOptions { ModelFile = file, InputColumns = ["Features"], OutputColumns = ["Score"], IntraOpNumThreads = threads }).Fit(view));
    }

    private OnnxScoringTransformer ScoreOnnx(byte[] model, ScoringOptions scoring) =>
        Own(ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = model, Outputs = [new OnnxOutput("Score", "Score")], Scoring = scoring }).Fit(view));

    private Action Reader(ITransformer model)
    {
        var scored = model.Transform(view);
        return () =>
        {
            using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]);
            VBuffer<float> value = default;
            int count = 0;
            while (cursor.MoveNext())
            {
                getter(ref value);
                count++;
            }

            if (count != Rows || value.Length != Classes)
            {
                throw new InvalidOperationException($"{count} rows of {value.Length} scores came of {Rows} rows of {Classes}.");
            }
        };
    }

    // The features lie ready in one array and nobody wants the rows in order, so this is the most that any cursor over ONNX Runtime could reach.
    private Action Loop(byte[] model, int batch, int threads)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = 1 };
        var session = Own(new InferenceSession(model, settings));
        var run = Own(new RunOptions());
        return () =>
        {
            int next = 0;
            void Work()
            {
                float[] scores = new float[Classes * batch];
                for (int start = Interlocked.Add(ref next, batch) - batch; start < Rows; start = Interlocked.Add(ref next, batch) - batch)
                {
                    int count = Math.Min(batch, Rows - start);
                    using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, features.AsMemory(start * width, count * width), [count, width]);
                    using var results = session.Run(run, ["Features"], [input], ["Score"]);
                    results[0].GetTensorDataAsSpan<float>().CopyTo(scores);
                }
            }

            var others = Enumerable.Range(1, threads - 1).Select(_ => Task.Run(Work)).ToArray();
            Work();
            Task.WaitAll(others);
        };
    }

    private T Own<T>(T item) where T : IDisposable
    {
        owned.Add(item);
        return item;
    }

    private sealed class Folder(string path) : IDisposable
    {
        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
