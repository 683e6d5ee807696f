using MLNetUnlearning.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Networks;

/// <summary>The networks written again with TorchSharp's own modules, as anyone else would write them: the reference for parity tests.</summary>
internal static class PlainModules
{
    public static Sequential Mlp(int inputs, int hidden1, int hidden2, int classes) => nn.Sequential(
        nn.Linear(inputs, hidden1), nn.ReLU(), nn.Linear(hidden1, hidden2), nn.ReLU(), nn.Linear(hidden2, classes));

    public static Sequential SmallCnn(int size, int planes1, int planes2, int hidden, int classes) => nn.Sequential(
        nn.Unflatten(1, [1, size, size]),
        nn.Conv2d(1, planes1, 3, padding: 1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(planes1, planes2, 3, padding: 1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(planes2 * (size / 4) * (size / 4), hidden), nn.ReLU(), nn.Linear(hidden, classes));

    /// <summary>Copies a network's weights, in order, into a module's parameters and floating-point buffers, in order.</summary>
    public static void CopyWeights(Network network, nn.Module module)
    {
        using var noGrad = no_grad();
        var trainable = network.Weights.Where((_, i) => network.Graph.Parameters[i].IsTrainable).ToArray();
        var statistics = network.Weights.Where((_, i) => !network.Graph.Parameters[i].IsTrainable).ToArray();
        Tensor[] parameters = [.. module.parameters()];
        var buffers = module.buffers().Where(buffer => buffer.is_floating_point()).ToArray();
        Assert.HasCount(trainable.Length, parameters);
        Assert.HasCount(statistics.Length, buffers);
        foreach (var (source, target) in trainable.Zip(parameters).Concat(statistics.Zip(buffers)))
        {
            target.copy_(source);
        }
    }
}
