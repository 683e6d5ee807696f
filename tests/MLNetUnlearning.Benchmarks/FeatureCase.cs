using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>A network and a batch on which features are timed.</summary>
internal sealed class FeatureCase : IDisposable
{
    private readonly ModelStack stack;

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="quick">Whether a narrow ResNet-9 will do.</param>
    public FeatureCase(string name, bool quick)
    {
        Graph = name switch
        {
            "mlp" => NetworkSpec.Mlp(256, 128).CreateGraph(784, 10),
            "cnn" => NetworkSpec.SmallCnn(new ImageShape(1, 28, 28)).CreateGraph(784, 10),
            "resnet9" => NetworkSpec.ResNet9(new ImageShape(3, 32, 32), quick ? 8 : 64).CreateGraph(3 * 32 * 32, 10),
            "warm-up" => NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2).CreateGraph(256, 3),
            _ => throw new ArgumentException($"Unknown network '{name}'.", nameof(name)),
        };
        int batch = name is "mlp" or "cnn" ? 100 : 16;
        stack = ModelStack.Initialize(Graph, [1]);
        Network = stack.ToNetwork();
        using var generator = new Generator(1);
        Features = randn([batch, Graph.InputSize], generator: generator);
        Labels = randint(0, Graph.OutputSize, [batch], ScalarType.Int64, generator: generator);
        Weights = [.. Network.Weights.Select(tensor => tensor.detach())];
    }

    public static IReadOnlyList<string> Names { get; } = ["mlp", "cnn", "resnet9"];

    public NetworkGraph Graph { get; }

    public Network Network { get; }

    /// <summary>The network's tensors, outside of autograd.</summary>
    public Tensor[] Weights { get; }

    public Tensor Features { get; }

    public Tensor Labels { get; }

    public int Batch => (int)Labels.shape[0];

    public void Dispose()
    {
        foreach (var tensor in Weights.Append(Features).Append(Labels))
        {
            tensor.Dispose();
        }

        Network.Dispose();
        stack.Dispose();
    }
}
