using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>A small network with weights and inputs, none of them at a value where a mistake would not show.</summary>
internal sealed record TestNetwork(NetworkGraph Graph, Tensor[] Weights, Tensor Features)
{
    public static IEnumerable<string> Names => ["linear", "mlp", "small CNN", "ResNet-9", "odd convolutions"];

    public static TestNetwork Create(string name, int rows = 5)
    {
        var graph = name switch
        {
            "linear" => NetworkSpec.Linear().CreateGraph(12, 4),
            "mlp" => NetworkSpec.Mlp(9, 7).CreateGraph(12, 4),
            "small CNN" => NetworkSpec.SmallCnn(new ImageShape(2, 6, 6), 3, 4, 5).CreateGraph(72, 3),
            "ResNet-9" => NetworkSpec.ResNet9(new ImageShape(2, 16, 16), 2).CreateGraph(512, 3),
            _ => OddConvolutions(),
        };
        var generator = new Generator(17);
        using var stack = ModelStack.Initialize(graph, [23]);
        Tensor[] weights = [.. stack.Member(0).Select((weight, i) => Spread(weight, graph.Parameters[i].Role, generator))];
        return new TestNetwork(graph, weights, randn([rows, graph.InputSize], generator: generator));
    }

    public TestNetwork ToFloat64() =>
        this with { Weights = [.. Weights.Select(weight => weight.to_type(ScalarType.Float64))], Features = Features.to_type(ScalarType.Float64) };

    public Tensor Logits(Tensor[] weights) => Graph.Forward(weights, Features, stacked: false, training: false);

    /// <summary>Fresh statistics are 0 and 1 and fresh scales 1, where a forgotten term would not be seen.</summary>
    private static Tensor Spread(Tensor weight, ParameterRole role, Generator generator) => role switch
    {
        ParameterRole.Weight or ParameterRole.Bias => weight.clone(),
        ParameterRole.RunningVariance or ParameterRole.NormalizationScale => rand(weight.shape, generator: generator).add(Held(0.5), Held(1)),
        _ => randn(weight.shape, generator: generator).mul(Held(0.3)),
    };

    private static NetworkGraph OddConvolutions()
    {
        var image = new ImageShape(2, 7, 7);
        var builder = new GraphBuilder(NetworkSpec.SmallCnn(image), image.Size);
        int x = builder.Add("image", new ToImageOperation(image), 0);
        x = builder.Add("strided", new Conv2dOperation(2, 3, 3, Stride: 2, Padding: 2), x);
        x = builder.Add("relu", new ReluOperation(), x);
        x = builder.Add("unpadded", new Conv2dOperation(3, 4, 2, HasBias: false), x);
        x = builder.Add("maximum", new GlobalMaxPoolOperation(), x);
        builder.Add("logits", new LinearOperation(4, 3, HasBias: false), x);
        return builder.Build();
    }
}
