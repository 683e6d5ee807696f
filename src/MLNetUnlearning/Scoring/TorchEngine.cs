using MLNetUnlearning.Native;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Tasks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Scoring;

/// <summary>Runs a network in TorchSharp.</summary>
/// <param name="scorer">Owns the network.</param>
internal sealed class TorchEngine(Scorer scorer) : INetworkEngine
{
    public NetworkBlock CreateBlock(int capacity) => new Block(scorer, capacity);

    public void Dispose()
    {
        // The network is the scorer's.
    }

    private sealed class Block(Scorer scorer, int capacity) : NetworkBlock
    {
        public override float[] Features { get; } = new float[capacity * scorer.FeatureCount];

        public override float[] Scores { get; } = new float[capacity * scorer.ScoreCount];

        public override void Compute(int rows) => scorer.With(network => Run(network, scorer.Head, rows));

        public override void Dispose()
        {
            // The arrays are managed memory.
        }

        private bool Run(Network network, PredictionHead head, int rows)
        {
            // Both scopes are per thread, so they are opened here and not by the cursor.
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            // Cloned into aligned memory: the last bits of a product depend on the alignment, and equal rows must score equally.
            int features = network.Graph.InputSize;
            var input = tensor(Features.AsMemory(0, rows * features), [rows, features]).clone();
            head.Scores(network.call(input)).ToHost<float>().CopyTo(Scores, 0);
            return true;
        }
    }
}
