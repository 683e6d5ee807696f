using Microsoft.ML.Runtime;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Scoring.Runtime;
using MLNetUnlearning.Tasks;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Scoring;

/// <summary>Turns features into scores. Safe to share between threads, also with a thread that disposes it.</summary>
internal sealed class Scorer : IDisposable
{
    private readonly Network network;
    private readonly NeuralNetworkOptions options;
    private readonly IHostEnvironment environment;
    private readonly UseGate gate;
    private readonly Lock loading = new();
    private INetworkEngine? engine;

    /// <param name="network">Taken over.</param>
    /// <param name="head">What becomes of the network's outputs.</param>
    /// <param name="options">Engine and device; not changed.</param>
    /// <param name="environment">For settings that the options leave open and for the log.</param>
    public Scorer(Network network, PredictionHead head, NeuralNetworkOptions options, IHostEnvironment environment)
    {
        this.network = network;
        this.options = options;
        this.environment = environment;
        Head = head;
        gate = new UseGate(typeof(NeuralNetworkTransformer), Free);
    }

    /// <summary>The network's graph.</summary>
    public NetworkGraph Graph => network.Graph;

    /// <summary>Number of features.</summary>
    public int FeatureCount => network.Graph.InputSize;

    /// <summary>Most rows at once.</summary>
    public int BatchSize => options.Scoring.BatchSize ?? BatchRows.Default(FeatureCount * sizeof(float));

    /// <summary>Most threads that score for one cursor at the same time.</summary>
    public int Workers => options.Scoring.MaxWorkers ?? Load().Workers;

    /// <summary>What becomes of the network's outputs.</summary>
    public PredictionHead Head { get; }

    /// <summary>Number of scores of a row.</summary>
    public int ScoreCount => Head.ScoreCount;

    /// <summary>Throws if the engine that the options ask for cannot be had: before anything else is done.</summary>
    /// <exception cref="InvalidOperationException">A device is asked for, cannot be used, and the CPU may not take over.</exception>
    public static void ThrowIfUnavailable(NeuralNetworkOptions options, IHostEnvironment environment)
    {
        if (options.ScoringEngine == ScoringEngine.OnnxRuntime)
        {
            OnnxSession.ThrowIfUnavailable(options.Scoring, environment);
        }
        else
        {
            TorchDevice.ThrowIfUnavailable(options.Scoring, environment);
        }
    }

    /// <summary>Runs something with the network, which is not freed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public T With<T>(Func<Network, T> use)
    {
        using var _ = gate.Enter();
        return use(network);
    }

    /// <summary>Loads the network into its engine, the first time. Models that never score cost nothing.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="InvalidOperationException">CUDA is asked for, cannot be used, and the CPU may not take over.</exception>
    public INetworkEngine Load()
    {
        using var _ = gate.Enter();
        lock (loading)
        {
            return engine ??= options.ScoringEngine == ScoringEngine.TorchSharp ? TorchEngine.Load(this, options.Scoring, environment) : OnnxEngine.Load(network, Head, options.Scoring, environment);
        }
    }

    public void Dispose() => gate.Dispose();

    private void Free()
    {
        engine?.Dispose();
        network.Dispose();
    }
}
