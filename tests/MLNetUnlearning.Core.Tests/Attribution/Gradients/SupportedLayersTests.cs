using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Gradients;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Networks.Operations;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Gradients;

/// <summary>Every way into attribution refuses a layer that it does not know, with or without parameters, and names it.</summary>
[TestClass]
public sealed class SupportedLayersTests
{
    public static IEnumerable<object[]> Strangers => [[new UnknownOperation()], [new CenteringOperation()]];

    [TestMethod]
    [DynamicData(nameof(Strangers))]
    public void EveryEntryPoint_UnknownLayer_NamesLayerAndOperation(LayerOperation stranger)
    {
        using var scope = NewDisposeScope();
        var builder = new GraphBuilder(NetworkSpec.Linear(), 3);
        int x = builder.Add("trunk.wave", stranger, 0);
        builder.Add("logits", new LinearOperation(3, 2), x);
        var final = ModelStack.Initialize(builder.Build(), [1]);
        using var bank = new ModelBank([MemberPlan.Full(1)], 1, new TrainedModels(final, [(1, final.Clone())]));
        using var rows = LabeledRows.Create([1, 2, 3, 4, 5, 6], 3, [0, 1], [1, 2], 2);
        Action[] entries =
        [
            () => SupportedLayers.Require(final.Graph),
            () => new GradientFeatures(final.Graph, 2, 1).Dispose(),
            () => TangentPass.Run(final.Graph, final.Member(0), new Tensor?[final.Graph.Parameters.Count], rows.Features),
            () => new GaussNewtonInfluence(new()).Fit(bank, rows),
        ];
        foreach (var entry in entries)
        {
            var error = Assert.ThrowsExactly<UnsupportedLayerException>(entry);
            StringAssert.Contains(error.Message, "'trunk.wave'");
            StringAssert.Contains(error.Message, stranger.GetType().Name);
        }
    }

    [TestMethod]
    public void Require_EveryFamily_IsSupported()
    {
        foreach (string name in TestNetwork.Names)
        {
            using var scope = NewDisposeScope();
            SupportedLayers.Require(TestNetwork.Create(name).Graph);
        }
    }
}
