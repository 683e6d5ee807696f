using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Networks;

/// <summary>The weights of one or more models of the same graph, stacked along a leading model axis.</summary>
/// <remarks>Owns its tensors. Reading from several threads is safe; <see cref="Dispose"/> is not safe beside other calls.</remarks>
public sealed class ModelStack : IDisposable
{
    private const int MaxModelsPerPass = 25;

    private readonly Tensor[] tensors;

    /// <summary>Takes over tensors [models, ...], one per entry of <see cref="NetworkGraph.Parameters"/>.</summary>
    internal ModelStack(NetworkGraph graph, IReadOnlyList<Tensor> tensors)
    {
        Graph = graph;
        this.tensors = [.. tensors.Select(tensor => tensor.DetachFromDisposeScope())];
        Count = (int)tensors[0].shape[0];
    }

    /// <summary>The graph that all models share.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>Number of models.</summary>
    public int Count { get; }

    /// <summary>The weights, [models, ...] each, one per entry of <see cref="NetworkGraph.Parameters"/>. They belong to the stack.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors;

    /// <summary>Draws initial weights: PyTorch's default rule (uniform in ±1/sqrt(fan-in)), one generator per model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="seeds">One seed per model; a model's weights depend on its own seed alone.</param>
    public static ModelStack Initialize(NetworkGraph graph, IReadOnlyList<ulong> seeds)
    {
        NativeBackend.EnsureLoaded();
        ArgumentOutOfRangeException.ThrowIfZero(seeds.Count);
        using var scope = NewDisposeScope();
        var models = new List<Tensor[]>(seeds.Count);
        foreach (ulong seed in seeds)
        {
            using var generator = new Generator(StableRandom.Mix(seed, StableRandom.InitialWeights));
            models.Add([.. graph.Parameters.Select(parameter => Draw(parameter, generator))]);
        }

        return new ModelStack(graph, [.. graph.Parameters.Select((_, i) => stack(models.Select(model => model[i])))]);
    }

    /// <summary>Copies the weights of models of one graph into a new stack.</summary>
    public static ModelStack Concatenate(IReadOnlyList<ModelStack> stacks)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new ModelStack(stacks[0].Graph, [.. stacks[0].tensors.Select((_, i) => cat([.. stacks.Select(stack => stack.tensors[i])]))]);
    }

    /// <summary>Copies some of the models into a new stack.</summary>
    /// <param name="start">First model.</param>
    /// <param name="count">How many.</param>
    public ModelStack Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Count);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new ModelStack(Graph, [.. tensors.Select(tensor => tensor.slice(0, start, start + count, 1).clone())]);
    }

    /// <summary>Copies all models.</summary>
    public ModelStack Clone() => Slice(0, Count);

    /// <summary>Copies one model into a network of its own.</summary>
    public Network ToNetwork(int model = 0)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new Network(Graph, [.. tensors.Select(tensor => tensor[model].clone())]);
    }

    /// <summary>Computes the logits of every model, in evaluation mode and without gradients.</summary>
    /// <param name="features">[rows, features].</param>
    /// <param name="batchSize">Rows per forward pass, at least 1.</param>
    /// <param name="cancellationToken">Checked before every batch.</param>
    /// <returns>[models, rows, classes]; the caller owns it.</returns>
    public Tensor Logits(Tensor features, int batchSize = 512, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        int size = Graph.SupportsStacking ? MaxModelsPerPass : 1;
        var result = empty(Count, features.shape[0], Graph.OutputSize).DetachFromDisposeScope();
        try
        {
            // Workers with one thread each, not one computation over many threads: that loses most of its speed as soon as anything else runs.
            Workers.Run((Count + size - 1) / size, Environment.ProcessorCount, part =>
            {
                using var noGrad = no_grad();
                int start = part * size, end = Math.Min(start + size, Count);
                Score(start, end, features, batchSize, result.slice(0, start, end, 1), cancellationToken);
            });
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Views of one model's weights, without the model axis. They share memory with the stack.</summary>
    internal Tensor[] Member(int model) => [.. tensors.Select(tensor => tensor[model])];

    /// <summary>Writes the logits of the models from <paramref name="start"/> up to <paramref name="end"/> into <paramref name="result"/>.</summary>
    private void Score(int start, int end, Tensor features, int batchSize, Tensor result, CancellationToken cancellationToken)
    {
        var weights = Graph.SupportsStacking ? [.. tensors.Select(tensor => tensor.slice(0, start, end, 1))] : Member(start);
        for (long row = 0; row < features.shape[0]; row += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            long last = Math.Min(row + batchSize, features.shape[0]);
            var batch = features.slice(0, row, last, 1);
            var logits = Graph.SupportsStacking
                ? Graph.Forward(weights, batch.unsqueeze(0).expand(end - start, -1, -1), stacked: true, training: false)
                : Graph.Forward(weights, batch, stacked: false, training: false).unsqueeze(0);
            result.slice(1, row, last, 1).copy_(logits);
        }
    }

    private static Tensor Draw(ParameterSpec parameter, Generator generator)
    {
        long[] shape = [.. parameter.Shape];
        double bound = 1 / Math.Sqrt(Math.Max(parameter.FanIn, 1));
        return parameter.Role switch
        {
            ParameterRole.Weight or ParameterRole.Bias => Draws.Uniform(shape, generator).mul(Held(2 * bound)).sub(Held(bound)),
            ParameterRole.NormalizationScale or ParameterRole.RunningVariance => ones(shape),
            _ => zeros(shape),
        };
    }
}
