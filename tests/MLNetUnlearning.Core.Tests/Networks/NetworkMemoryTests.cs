using MLNetUnlearning.Networks;
using TorchSharp;

namespace MLNetUnlearning.Core.Tests.Networks;

/// <summary>Tensors that nobody disposes wait for the garbage collector, which does not see their native memory.</summary>
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

        Assert.AreEqual(0, LiveAfter(() => models.Logits(features, batchSize: 8).Dispose()));
    }

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void CopiesOfModels_Disposed_LeaveNoTensorBehind(NetworkSpec spec)
    {
        var graph = spec.CreateGraph(256, 3);

        Assert.AreEqual(0, LiveAfter(() =>
        {
            using var models = ModelStack.Initialize(graph, [1, 2, 3]);
            using var slice = models.Slice(1, 2);
            using var both = ModelStack.Concatenate([models, slice]);
            using var network = both.ToNetwork(4);
            using var stack = network.ToStack();
        }));
    }

    [TestMethod]
    [DynamicData(nameof(Specs))]
    public void Forward_OutsideAnyScope_LeavesNoIntermediateTensorBehind(NetworkSpec spec)
    {
        using var network = Network.Create(spec, 256, 3, seed: 1);
        using var features = torch.rand(20, 256);

        Assert.AreEqual(0, LiveAfter(() => network.call(features).Dispose()));
    }

    [TestMethod]
    public void LiveAfter_TensorsForgotten_CountsThem()
    {
        var kept = new List<torch.Tensor>();

        Assert.AreEqual(10, LiveAfter(() => kept.Add(torch.zeros(1))));

        kept.ForEach(tensor => tensor.Dispose());
    }

    /// <summary>Tensors of this thread that ten calls leave alive.</summary>
    private static long LiveAfter(Action work)
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 10; i++)
        {
            work();
        }

        return DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
    }
}
