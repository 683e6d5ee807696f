using MLNetUnlearning.Networks;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Networks;

/// <summary>Logits against plain TorchSharp modules with the same weights. Tolerance 1e-5: logits of order 1, summed in another order in float32.</summary>
[TestClass]
public sealed class NetworkParityTests
{
    private const double Tolerance = 1e-5;

    [TestMethod]
    public void Forward_Mlp_MatchesPlainModules()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Network.Create(NetworkSpec.Mlp(24, 12), 64, 10, seed: 3);
        var plain = PlainModules.Mlp(64, 24, 12, 10);
        PlainModules.CopyWeights(network, plain);
        using var rows = Digits.Test();

        Closeness.Check(plain.call(rows.Features), network.call(rows.Features), Tolerance, "logits");
    }

    [TestMethod]
    public void Forward_SmallCnn_MatchesPlainModules()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Network.Create(NetworkSpec.SmallCnn(new ImageShape(1, 8, 8), 6, 10, 16), 64, 10, seed: 4);
        var plain = PlainModules.SmallCnn(8, 6, 10, 16, 10);
        PlainModules.CopyWeights(network, plain);
        using var rows = Digits.Test();

        Closeness.Check(plain.call(rows.Features), network.call(rows.Features), Tolerance, "logits");
    }

    [TestMethod]
    public void Forward_ResNet9InTrainingThenEvaluation_MatchesPlainModulesAndTheirStatistics()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var network = Network.Create(NetworkSpec.ResNet9(new ImageShape(3, 16, 16), 4), 3 * 16 * 16, 10, seed: 5);
        var plain = new PlainResNet9(3, 4, 10);
        PlainModules.CopyWeights(network, plain);
        var images = rand([12, 3, 16, 16], generator: new Generator(6));
        var features = images.view(12, -1);

        network.train();
        plain.train();
        var trained = network.call(features);
        Closeness.Check(plain.call(images), trained, Tolerance, "logits in training mode");
        Closeness.Check(Statistics(plain), cat([.. network.buffers().Select(buffer => buffer.flatten())]), Tolerance, "running statistics");

        network.eval();
        plain.eval();
        var evaluated = network.call(features);
        Closeness.Check(plain.call(images), evaluated, Tolerance, "logits in evaluation mode");
        Assert.IsGreaterThan(1e-3f, trained.sub(evaluated).abs().max().item<float>(), "The modes must differ, or the test shows nothing.");
    }

    [TestMethod]
    public void Forward_EvaluationMode_LeavesTheRunningStatistics()
    {
        using var scope = NewDisposeScope();
        using var network = Network.Create(NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2), 256, 3, seed: 5);
        string before = Bits.Of(network.Weights);

        network.call(rand([4, 256], generator: new Generator(7)));

        Assert.AreEqual(before, Bits.Of(network.Weights));
    }

    private static Tensor Statistics(nn.Module module) =>
        cat([.. module.buffers().Where(buffer => buffer.is_floating_point()).Select(buffer => buffer.flatten())]);
}
