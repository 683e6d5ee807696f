using Microsoft.ML.Runtime;
using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Tasks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Scoring;

/// <summary>Runs a network in TorchSharp.</summary>
internal sealed class TorchEngine : INetworkEngine
{
    private readonly Scorer scorer;

    private TorchEngine(Scorer scorer) => this.scorer = scorer;

    // TorchSharp splits large batches over threads of its own.
    public int Workers => 1;

    /// <summary>Checks the device.</summary>
    /// <param name="scorer">Owns the network.</param>
    /// <param name="options">Where it is to run.</param>
    /// <param name="environment">For settings that the options leave open and for the log.</param>
    /// <exception cref="InvalidOperationException">Another device than that of the process is asked for, and the CPU may not take over.</exception>
    public static TorchEngine Load(Scorer scorer, ScoringOptions options, IHostEnvironment environment)
    {
        TorchDevice.Require(options, environment);
        return new TorchEngine(scorer);
    }

    public NetworkBlock CreateBlock(BatchShape shape) => new Block(scorer, shape.Slots);

    public void Dispose()
    {
        // The network is the scorer's.
    }

    private sealed class Block(Scorer scorer, int slots) : NetworkBlock
    {
        public override float[] Features { get; } = new float[slots * scorer.FeatureCount];

        public override float[] Scores { get; } = new float[slots * scorer.ScoreCount];

        public override void Compute(int first, int rows) => scorer.With(network => Run(network, scorer.Head, first, rows));

        public override void Dispose()
        {
            // The arrays are managed memory.
        }

        private bool Run(Network network, PredictionHead head, int first, int rows)
        {
            // Both scopes are per thread, so they are opened here and not by the cursor.
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            // Cloned into aligned memory: the last bits of a product depend on the alignment, and equal rows must score equally.
            int features = network.Graph.InputSize;
            var input = tensor(Features.AsMemory(first * features, rows * features), [rows, features]).clone();
            head.Scores(network.call(input)).ToHost<float>().CopyTo(Scores, first * head.ScoreCount);
            return true;
        }
    }
}
