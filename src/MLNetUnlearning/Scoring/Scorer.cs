using MLNetUnlearning.Networks;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;
using static TorchSharp.torch;

namespace MLNetUnlearning.Scoring;

/// <summary>Turns features into scores. Safe to share between threads, also with a thread that disposes it.</summary>
internal sealed class Scorer : IDisposable
{
    private readonly Network network;
    private readonly UseGate gate;

    /// <param name="network">Taken over.</param>
    /// <param name="head">What becomes of the network's outputs.</param>
    public Scorer(Network network, PredictionHead head)
    {
        this.network = network;
        Head = head;
        gate = new UseGate(typeof(NeuralNetworkTransformer), network.Dispose);
    }

    /// <summary>The network's graph.</summary>
    public NetworkGraph Graph => network.Graph;

    /// <summary>Number of features.</summary>
    public int FeatureCount => network.Graph.InputSize;

    /// <summary>Most rows at once.</summary>
    public int BatchSize => BatchRows.Default(FeatureCount * sizeof(float));

    /// <summary>What becomes of the network's outputs.</summary>
    public PredictionHead Head { get; }

    /// <summary>Number of scores of a row.</summary>
    public int ScoreCount => Head.ScoreCount;

    /// <summary>Runs something with the network, which is not freed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public T With<T>(Func<Network, T> use)
    {
        using var _ = gate.Enter();
        return use(network);
    }

    /// <summary>Throws if the model was disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void ThrowIfDisposed() => gate.Enter().Dispose();

    /// <summary>Computes scores.</summary>
    /// <param name="features">Features row by row, at least <paramref name="rows"/> x <see cref="FeatureCount"/> values.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="scores">Receives scores row by row, <paramref name="rows"/> x <see cref="ScoreCount"/> values.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public void Score(float[] features, int rows, Span<float> scores)
    {
        using var _ = gate.Enter();
        // Both scopes are per thread, so they are opened here and not by the cursor.
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Cloned into aligned memory: the last bits of a product depend on the alignment, and equal rows must score equally.
        var input = tensor(features.AsMemory(0, rows * FeatureCount), [rows, FeatureCount]).clone();
        Head.Scores(network.call(input)).contiguous().data<float>().CopyTo(scores);
    }

    public void Dispose() => gate.Dispose();
}
