using Microsoft.ML.Runtime;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;
using MLNetUnlearning.Scoring.Runtime;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Scoring;

/// <summary>Runs a network in ONNX Runtime.</summary>
internal sealed class OnnxEngine : INetworkEngine
{
    private const string FeaturesName = "Features", ScoresName = "Score";
    private readonly OnnxSession session;
    private readonly OnnxSignature signature;

    private OnnxEngine(OnnxSession session, int workers)
    {
        this.session = session;
        Workers = workers;
        signature = session.With(native => OnnxSignature.Read(native, null));
    }

    /// <summary>Loads a network into ONNX Runtime.</summary>
    /// <param name="network">The network; copied.</param>
    /// <param name="head">What becomes of its outputs.</param>
    /// <param name="options">Where it runs.</param>
    /// <param name="environment">For settings that the options leave open and for the log.</param>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public static OnnxEngine Load(Network network, PredictionHead head, ScoringOptions options, IHostEnvironment environment)
    {
        var builder = new OnnxGraphBuilder("network", OnnxExportOptions.MaximumOpset, [ScoresName]);
        string features = builder.AddInput(FeaturesName, TensorProto.Types.DataType.Float, network.Graph.InputSize);
        string scores = head.AppendScores(builder, NetworkNodes.Append(builder, network, features));
        builder.AddOutput(ScoresName, scores, TensorProto.Types.DataType.Float, head.ScoreCount == 1 ? [] : [head.ScoreCount]);
        var session = OnnxSession.Open(builder.ToBytes(""), options, environment, typeof(NeuralNetworkTransformer));
        return new OnnxEngine(session, options.Workers(session.OnGpu));
    }

    public int Workers { get; }

    public NetworkBlock CreateBlock(BatchShape shape) => new Block(session, signature, shape);

    public void Dispose() => session.Dispose();

    private sealed class Block : NetworkBlock
    {
        private readonly OnnxSession session;
        private readonly float[] features, scores;
        private RunMemory? memory;

        public Block(OnnxSession session, OnnxSignature signature, BatchShape shape)
        {
            this.session = session;
            memory = session.Rent(signature.Inputs, signature.Outputs, shape);
            features = ((NumberBuffer<float>)memory.Inputs[0]).Values;
            scores = ((NumberBuffer<float>)memory.Outputs[0]).Values;
        }

        // What was given back may be another cursor's by now.
        public override float[] Features => memory is null ? throw Disposed() : features;

        public override float[] Scores => memory is null ? throw Disposed() : scores;

        public override void Compute(int first, int rows) => (memory ?? throw Disposed()).Runs.Compute(first, rows);

        public override void Dispose()
        {
            if (Interlocked.Exchange(ref memory, null) is { } own)
            {
                session.Return(own);
            }
        }

        private static ObjectDisposedException Disposed() => new(nameof(NetworkBlock));
    }
}
