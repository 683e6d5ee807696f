using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class DatamodelDirectTests
{
    [TestMethod]
    public void Unlearn_SharedChange_ServesOwnLogitsPlusIt()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 2);
        var attributor = new FakeAttributor(request => request.Targets.slice(1, 0, 10, 1).clone());

        using var outcome = new DatamodelDirect(new() { Multiplier = 3 }).Unlearn(scene.Request, scene.Context(attributor));

        var features = scene.ForgetFeatures;
        using var own = scene.Students.Logits(features);
        using var served = outcome.Logits(features);
        Closeness.Check(own.add(features.slice(1, 0, 10, 1).mul(Held(3)), Held(1)), served, 1e-5, "served logits");
        Assert.AreEqual(Bits.Of(scene.Students), Bits.Of(outcome.Models));
    }

    [TestMethod]
    public void Logits_RowIds_ReachTheAttributor()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 1);
        IReadOnlyList<long?>? seen = null;
        var attributor = new FakeAttributor(request =>
        {
            seen = request.TargetRowIds;
            return zeros(request.Targets.shape[0], 10);
        });
        using var outcome = new DatamodelDirect(new()).Unlearn(scene.Request, scene.Context(attributor));
        Assert.IsNull(seen, "nothing is predicted before it is asked for");

        using var served = outcome.Logits(scene.ForgetFeatures, [.. scene.Request.ForgetRowIds.Select(id => (long?)id)]);

        Assert.AreSequenceEqual(scene.Request.ForgetRowIds.Select(id => (long?)id), seen!);
    }

    [TestMethod]
    public void Logits_OutcomeWithWeights_AreThoseOfItsModels()
    {
        using var scene = new UnlearningScene(models: 1);
        using var outcome = new DoNothing().Unlearn(scene.Request, scene.Context(null));

        using var logits = outcome.Logits(scene.Rows.Features);
        using var expected = scene.Students.Logits(scene.Rows.Features);

        Assert.IsNull(outcome.Predicted);
        Assert.AreEqual(Bits.Of([expected]), Bits.Of([logits]));
    }

    [TestMethod]
    public void Logits_Asked_LeaveNoTensors()
    {
        using var scene = new UnlearningScene(models: 1);
        var features = scene.ForgetFeatures;
        using var outcome = new DatamodelDirect(new()).Unlearn(scene.Request, scene.Context(scene.Truth));

        Assert.AreEqual(0, LiveTensors.LeftBy(() => outcome.Logits(features).Dispose(), 2));
    }
}
