using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class DatamodelMatchingTests
{
    [TestMethod]
    public void Unlearn_TrueTargets_MatchesThem()
    {
        using var scene = new UnlearningScene();

        using var outcome = scene.Match(scene.Truth, options => options.Epochs = 30);

        Assert.IsGreaterThan(0.5, outcome.MatchResidualBefore!.Value, "Retraining must change the outputs, or the test shows nothing.");
        Assert.IsLessThan(outcome.MatchResidualBefore!.Value / 4, outcome.MatchResidualAfter!.Value);
    }

    [TestMethod]
    public void Unlearn_SharedChange_KeepsTheSpreadOfTheStudents()
    {
        using var scene = new UnlearningScene();
        double before = Spread(scene.Students, scene.ForgetFeatures);

        using var matched = scene.Match(scene.Truth);
        using var collapsed = scene.Match(scene.CommonTarget);

        double kept = Spread(matched.Models, scene.ForgetFeatures) / before, control = Spread(collapsed.Models, scene.ForgetFeatures) / before;
        Assert.IsGreaterThan(0.7, kept, "own outputs plus the change");
        Assert.IsLessThan(0.5, control, "negative control: one target for all");
    }

    [TestMethod]
    public void Unlearn_Always_LeavesTheModelsHandedIn()
    {
        using var scene = new UnlearningScene(models: 2);
        string before = Bits.Of(scene.Students);

        using var outcome = scene.Match(scene.Truth);

        Assert.AreEqual(before, Bits.Of(scene.Students));
        Assert.AreNotEqual(before, Bits.Of(outcome.Models));
    }

    [TestMethod]
    public void Unlearn_SameSeed_GivesTheSameBits()
    {
        using var scene = new UnlearningScene(models: 3);

        using var first = scene.Match(scene.Truth);
        using var second = scene.Match(scene.Truth, options => options.MaxWorkers = 1);
        using var other = new DatamodelMatching(new()).Unlearn(new UnlearningRequest { ForgetRowIds = scene.Request.ForgetRowIds, Seed = 5 }, scene.Context(scene.Truth));

        Assert.AreEqual(Bits.Of(first.Models), Bits.Of(second.Models));
        Assert.AreNotEqual(Bits.Of(first.Models), Bits.Of(other.Models));
    }

    [TestMethod]
    public void Unlearn_StudentsTogether_EqualStudentsAlone()
    {
        using var scene = new UnlearningScene(models: 3);
        using var together = scene.Match(scene.Truth);
        using var last = scene.Students.Slice(2, 1);

        using var alone = new DatamodelMatching(new DatamodelMatchingOptions { Epochs = 8 })
            .Unlearn(scene.Request, new UnlearningContext { Models = last, Rows = scene.Rows, Attributor = scene.Truth });

        Assert.AreEqual(Bits.Of(together.Models, 2), Bits.Of(alone.Models, 0));
    }

    /// <summary>Networks with batch normalisation run one by one, and what is matched is the deployed function: their statistics stay.</summary>
    [TestMethod]
    public void Unlearn_BatchNormalisation_KeepsTheRunningStatistics()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 1);
        var upscaled = LabeledRows.Create(
            nn.functional.interpolate(scene.Rows.Features.view(-1, 1, 8, 8), scale_factor: [2.0, 2.0]).flatten(1).slice(0, 0, 60, 1).contiguous().data<float>().ToArray(),
            256,
            [.. scene.Rows.Labels.data<long>().Take(60).Select(label => (int)label)],
            [.. scene.Rows.RowIds.Take(60)],
            Digits.Classes);
        var graph = NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2).CreateGraph(256, Digits.Classes);
        using var models = ModelStack.Initialize(graph, [1, 2]);
        var attributor = new FakeAttributor(request => full([request.Targets.shape[0], Digits.Classes], Held(0.1f)));

        using var outcome = new DatamodelMatching(new()).Unlearn(
            new UnlearningRequest { ForgetRowIds = [.. upscaled.RowIds.Take(3)] },
            new UnlearningContext { Models = models, Rows = upscaled, Attributor = attributor });

        for (int i = 0; i < graph.Parameters.Count; i++)
        {
            bool same = Bits.Of([models.Tensors[i]]) == Bits.Of([outcome.Models.Tensors[i]]);
            Assert.AreEqual(!graph.Parameters[i].IsTrainable, same, graph.Parameters[i].Name);
        }

        Assert.IsLessThan(outcome.MatchResidualBefore!.Value, outcome.MatchResidualAfter!.Value);
    }

    [TestMethod]
    public void Unlearn_WithoutAttributor_SaysWhatToDo()
    {
        using var scene = new UnlearningScene(models: 1);

        var error = Assert.ThrowsExactly<ArgumentException>(() => new DatamodelMatching(new()).Unlearn(scene.Request, scene.Context(null)));

        StringAssert.Contains(error.Message, "attributor");
        StringAssert.Contains(error.Message, "GaussNewtonInfluence");
    }

    [TestMethod]
    public void Unlearn_Cancelled_StopsAndLeavesTheModelsHandedIn()
    {
        using var scene = new UnlearningScene(models: 1);
        using var source = new CancellationTokenSource();
        string before = Bits.Of(scene.Students);
        var cancelling = new FakeAttributor(request =>
        {
            source.Cancel();
            return zeros(request.Targets.shape[0], Digits.Classes);
        });

        Assert.ThrowsExactly<OperationCanceledException>(() => new DatamodelMatching(new()).Unlearn(scene.Request, scene.Context(cancelling), null, source.Token));

        Assert.AreEqual(before, Bits.Of(scene.Students));
    }

    private static double Spread(ModelStack models, Tensor features)
    {
        using var scope = NewDisposeScope();
        using var logits = models.Logits(features);
        return logits.std(0).mean().item<float>();
    }
}
