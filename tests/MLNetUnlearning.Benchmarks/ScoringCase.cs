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
    /// <summary>Positions of the yardsticks among the scorers.</summary>
    public const int Stock = 0, StockOneThread = 1, Bare = 4, BareSmallBatch = 5;

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

    /// <summary>The ways, and how often a round repeats each so that none is too short to time.</summary>
    public IReadOnlyList<(string Name, int Passes, Action Read)> Scorers { get; }

    public void Dispose() => owned.ForEach(item => item.Dispose());

    private (string Name, int Passes, Action Read)[] Create(NetworkSpec spec)
    {
        var network = Network.Create(spec, width, Classes, seed: 1);
        byte[] model = OnnxNetworkExporter.Export(network);
        var torch = Own(new NeuralNetworkTransformer(
            new NeuralNetworkOptions { ScoringEngine = ScoringEngine.TorchSharp, RowIdColumnName = null, Seed = 1 }, network, new MulticlassHead("Score", "PredictedLabel", Classes, null), null, ml));
        set_num_threads(1);
        return
        [
            ("mlnet-apply-onnx", 1, Reader(ApplyOnnx(model, null))),
            ("mlnet-apply-onnx, 1 thread", 1, Reader(ApplyOnnx(model, 1))),
            ("ours", 5, Reader(ScoreOnnx(model, 1))),
            ("ours, all cores", 5, Reader(ScoreOnnx(model, 0))),
            ("bare-onnxruntime", 5, Loop(model, BareBatch)),
            ($"bare-onnxruntime, batches of {BatchRows.Default(width * sizeof(float))}", 5, Loop(model, BatchRows.Default(width * sizeof(float)))),
            ("torchsharp", 2, Reader(torch)),
        ];
    }

    private OnnxTransformer ApplyOnnx(byte[] model, int? threads)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("scoring-").FullName, "model.onnx");
        File.WriteAllBytes(file, model);
        owned.Add(new Folder(Path.GetDirectoryName(file)!));
        return Own(ml.Transforms.ApplyOnnxModel(new OnnxOptions { ModelFile = file, InputColumns = ["Features"], OutputColumns = ["Score"], IntraOpNumThreads = threads }).Fit(view));
    }

    private OnnxScoringTransformer ScoreOnnx(byte[] model, int threads) =>
        Own(ml.Transforms.ScoreOnnx(new OnnxScoringOptions { Model = model, Outputs = [new OnnxOutput("Score", "Score")], Scoring = new ScoringOptions { IntraOpThreads = threads } }).Fit(view));

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

    // The features lie ready in one array, so this is the most that any cursor over ONNX Runtime could reach.
    private Action Loop(byte[] model, int batch)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = 1 };
        var session = Own(new InferenceSession(model, settings));
        var run = Own(new RunOptions());
        float[] scores = new float[Classes * batch];
        return () =>
        {
            for (int start = 0; start < Rows; start += batch)
            {
                int count = Math.Min(batch, Rows - start);
                using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, features.AsMemory(start * width, count * width), [count, width]);
                using var results = session.Run(run, ["Features"], [input], ["Score"]);
                results[0].GetTensorDataAsSpan<float>().CopyTo(scores);
            }
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
