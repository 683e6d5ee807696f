using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>Datamodel Matching with targets and starting points from each model's own Gauss-Newton step.</summary>
[TestClass]
public sealed class OwnTargetsTests
{
    private static readonly GaussNewtonStepOptions Step = new() { Iterations = 5 };

    /// <summary>Central differences of the logits along the step, in float32: 1e-2 of the largest change.</summary>
    [TestMethod]
    public void Linearized_Steps_AreTheDerivativeAlongThem()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 2);
        var steps = OwnSteps.Solve(scene.Students, scene.Rows, scene.Request.Resolve(scene.Rows), Step, 1, null, CancellationToken.None);

        var change = OwnSteps.Linearized(scene.Students, steps, scene.ForgetFeatures, Step, CancellationToken.None);

        Tensor At(double length)
        {
            using var moved = OwnSteps.Apply(scene.Students, steps.mul(Held(length)), new() { Multiplier = 1 }, 0);
            return moved.Logits(scene.ForgetFeatures);
        }

        using Tensor ahead = At(0.01), back = At(-0.01);
        Closeness.Check(ahead.sub(back).div(Held(0.02)), change, 1e-2 * change.abs().max().item<float>(), "change");
    }

    [TestMethod]
    public void Apply_Shrinkage_ScalesTheLogits()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 1);
        var steps = zeros(1, scene.Students.Graph.TrainableCount);

        using var shrunk = OwnSteps.Apply(scene.Students, steps, new() { Shrinkage = 0.5 }, share: 0.2);

        using var before = scene.Students.Logits(scene.ForgetFeatures);
        using var after = shrunk.Logits(scene.ForgetFeatures);
        Closeness.Check(before.mul(Held(0.9)), after, 1e-4, "logits");
    }

    [TestMethod]
    [DataRow(MatchTargets.OwnEvaluated)]
    [DataRow(MatchTargets.OwnLinearized)]
    public void Unlearn_OwnTargetsFromWhereModelsAre_MatchesThemWithoutAttribution(MatchTargets targets)
    {
        using var scene = new UnlearningScene(models: 2);

        using var outcome = new DatamodelMatching(new() { Targets = targets, OwnStep = Step, WarmStart = false, Epochs = 20 }).Unlearn(scene.Request, scene.Context(null));

        Assert.IsGreaterThan(0.3, outcome.MatchResidualBefore!.Value);
        Assert.IsLessThan(outcome.MatchResidualBefore!.Value / 2, outcome.MatchResidualAfter!.Value);
    }

    [TestMethod]
    public void Unlearn_FromTheStep_EndsCloserToItsOutputs()
    {
        using var scene = new UnlearningScene(models: 2);
        double Residual(bool warm)
        {
            var options = new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = Step, WarmStart = warm, Epochs = 1, MinSteps = 1, LearningRate = 1e-4 };
            using var outcome = new DatamodelMatching(options).Unlearn(scene.Request, scene.Context(null));
            return outcome.MatchResidualAfter!.Value;
        }

        Assert.IsLessThan(0.7 * Residual(warm: false), Residual(warm: true));
    }

    [TestMethod]
    public void Unlearn_StudentsTogether_EqualStudentsAlone()
    {
        using var scene = new UnlearningScene(models: 3);
        using var last = scene.Students.Slice(2, 1);
        var options = new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = Step };

        using var together = new DatamodelMatching(options).Unlearn(scene.Request, scene.Context(null));
        using var alone = new DatamodelMatching(options).Unlearn(scene.Request, new UnlearningContext { Models = last, Rows = scene.Rows });

        Assert.AreEqual(Bits.Of(together.Models, 2), Bits.Of(alone.Models, 0));
    }

    [TestMethod]
    [DataRow(MatchTargets.OwnEvaluated)]
    [DataRow(MatchTargets.OwnLinearized)]
    [DataRow(MatchTargets.Attribution)]
    public void Unlearn_Run_LeavesNoTensors(MatchTargets targets)
    {
        using var scene = new UnlearningScene(models: 1);
        var options = new DatamodelMatchingOptions { Targets = targets, OwnStep = Step };

        Assert.AreEqual(0, LiveTensors.LeftBy(() => new DatamodelMatching(options).Unlearn(scene.Request, scene.Context(scene.Truth)).Dispose(), 2));
    }
}
