using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Tests.Onnx;

/// <summary>One small network of every family, with running statistics that are not those of a fresh network.</summary>
internal static class SampleNetworks
{
    public const int Classes = 5;

    public static Network Create(NetworkKind kind)
    {
        var (spec, inputs) = kind switch
        {
            NetworkKind.Linear => (NetworkSpec.Linear(), 12),
            NetworkKind.Mlp => (NetworkSpec.Mlp(32, 16), 12),
            NetworkKind.SmallCnn => (NetworkSpec.SmallCnn(new ImageShape(2, 9, 8), 4, 6, 10), 144),
            _ => (NetworkSpec.ResNet9(new ImageShape(3, 16, 17), 4), 816),
        };
        return Create(spec, inputs, Classes);
    }

    /// <summary>A network whose scores differ from row to row.</summary>
    public static Network Create(NetworkSpec spec, int inputs, int classes)
    {
        // Networks this small gain nothing from more threads, and waiting threads steal time from other tests.
        set_num_threads(1);
        var network = Network.Create(spec, inputs, classes, seed: 7);
        MoveStatistics(network);
        return network;
    }

    /// <summary>Standard normal rows [rows, features].</summary>
    public static float[] Rows(Network network, int rows, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        return randn([rows, network.Graph.InputSize], generator: generator).data<float>().ToArray();
    }

    /// <summary>Class probabilities as TorchSharp computes them, row by row.</summary>
    public static float[] Softmax(Network network, float[] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return network.call(tensor(rows, [rows.Length / network.Graph.InputSize, network.Graph.InputSize])).softmax(1).data<float>().ToArray();
    }

    private static void MoveStatistics(Network network)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        network.train();
        for (int i = 0; i < 3; i++)
        {
            // Shifted and scaled, so that mean 0 and variance 1 would give other scores.
            network.call(tensor(Rows(network, 16, i), [16, network.Graph.InputSize]).mul(Held(1.7)).add(Held(0.4), Held(1)));
        }

        network.eval();

        // Small random weights give nearly equal probabilities, which would hide an error; larger last weights spread them.
        for (int i = network.Weights.Count - 1; ; i--)
        {
            if (network.Graph.Parameters[i].Role == ParameterRole.Weight)
            {
                network.Weights[i].mul_(Held(8));
                return;
            }
        }
    }
}
