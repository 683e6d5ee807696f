using MLNetUnlearning.Networks;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests.Networks;

[TestClass]
public sealed class NetworkMemoryTests
{
    private static readonly ImageShape Image = new(1, 16, 16);

    private static IEnumerable<NetworkSpec> Specs => [NetworkSpec.Mlp(12), NetworkSpec.SmallCnn(Image, 2, 3, 4), NetworkSpec.ResNet9(Image, 2)];

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void Logits_CalledAgainAndAgain_LeavesNoTensorBehind(NetworkSpec spec)
    {
        using var models = ModelStack.Initialize(spec.CreateGraph(256, 3), [1, 2]);
        using var features = torch.rand(20, 256);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => models.Logits(features, batchSize: 8).Dispose(), times: 10));
    }

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void CopiesOfModels_Disposed_LeaveNoTensorBehind(NetworkSpec spec)
    {
        var graph = spec.CreateGraph(256, 3);

        Assert.AreEqual(0, LiveTensors.LeftOnThisThreadBy(() =>
        {
            using var models = ModelStack.Initialize(graph, [1, 2, 3]);
            using var slice = models.Slice(1, 2);
            using var both = ModelStack.Concatenate([models, slice]);
            using var network = both.ToNetwork(4);
            using var stack = network.ToStack();
        }, times: 10));
    }

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void Forward_OutsideAnyScope_LeavesNoIntermediateTensorBehind(NetworkSpec spec)
    {
        using var network = Network.Create(spec, 256, 3, seed: 1);
        using var features = torch.rand(20, 256);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => network.call(features).Dispose(), times: 10));
    }

    [TestMethod]
    public void Logits_Cancelled_LeavesNoTensorBehind()
    {
        using var models = ModelStack.Initialize(NetworkSpec.Mlp(12).CreateGraph(256, 3), [1, 2]);
        using var features = torch.rand(20, 256);
        var cancelled = new CancellationToken(canceled: true);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => Assert.ThrowsExactly<OperationCanceledException>(() => models.Logits(features, cancellationToken: cancelled)), times: 10));
    }

    [TestMethod]
    public void LeftBy_TensorsForgotten_CountsThem()
    {
        var kept = new List<torch.Tensor>();

        Assert.AreEqual(10, LiveTensors.LeftBy(() => kept.Add(torch.zeros(1)), times: 10));
        Assert.AreEqual(10, LiveTensors.LeftOnThisThreadBy(() => kept.Add(torch.zeros(1)), times: 10));

        kept.ForEach(tensor => tensor.Dispose());
    }
}
