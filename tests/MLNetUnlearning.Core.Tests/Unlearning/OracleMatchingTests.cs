using MLNetUnlearning.Networks;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class OracleMatchingTests
{
    [TestMethod]
    public void Unlearn_OraclesGiven_MatchesEachModelToItsOwn()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 3);

        using var outcome = Match(scene, scene.Oracles);

        Assert.IsLessThan(outcome.MatchResidualBefore!.Value / 3, outcome.MatchResidualAfter!.Value);
        using var reached = outcome.Models.Logits(scene.ForgetFeatures);
        using var targets = scene.Oracles.Logits(scene.ForgetFeatures);
        for (int model = 0; model < 3; model++)
        {
            // Its own oracle is the nearest of the three.
            double[] distances = [.. Enumerable.Range(0, 3).Select(oracle => (double)reached[model].sub(targets[oracle]).pow(Held(2)).mean().item<float>())];
            Assert.AreEqual(model, Array.IndexOf(distances, distances.Min()));
        }
    }

    [TestMethod]
    public void Unlearn_TwoOraclesPerModel_MatchesTheirMean()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 4);
        using var students = scene.Students.Slice(0, 2);

        using var outcome = new OracleMatching(new() { OraclesPerModel = 2, Epochs = 20 })
            .Unlearn(scene.Request, new UnlearningContext { Models = students, Rows = scene.Rows, Oracles = scene.Oracles });

        using var reached = outcome.Models.Logits(scene.ForgetFeatures);
        using var oracles = scene.Oracles.Logits(scene.ForgetFeatures);
        Assert.IsLessThan(0.4, reached[1].sub(oracles.slice(0, 2, 4, 1).mean([0])).pow(Held(2)).mean().sqrt().item<float>());
    }

    [TestMethod]
    public void Unlearn_TrainerAlone_TrainsOraclesWithoutTheForgetRows()
    {
        using var scene = new UnlearningScene(models: 2);
        var context = new UnlearningContext { Models = scene.Students, Rows = scene.Rows, Trainer = scene.Trainer };

        using var outcome = new OracleMatching(new() { Epochs = 8 }).Unlearn(scene.Request, context);

        Assert.IsLessThan(outcome.MatchResidualBefore!.Value / 2, outcome.MatchResidualAfter!.Value);
        Assert.IsGreaterThan(TimeSpan.Zero, outcome.AttributionTime);
    }

    [TestMethod]
    public void Unlearn_TooFewOracles_SaysHowMany()
    {
        using var scene = new UnlearningScene(models: 2);

        var error = Assert.ThrowsExactly<ArgumentException>(() => Match(scene, scene.Oracles, each: 2));

        StringAssert.Contains(error.Message, "needs 4 oracles");
        StringAssert.Contains(error.Message, "there are 2");
    }

    [TestMethod]
    public void Unlearn_Run_LeavesNoTensors()
    {
        using var scene = new UnlearningScene(models: 1);
        var context = new UnlearningContext { Models = scene.Students, Rows = scene.Rows, Trainer = scene.Trainer };

        Assert.AreEqual(0, LiveTensors.LeftBy(() => new OracleMatching(new()).Unlearn(scene.Request, context).Dispose(), 2));
    }

    private static UnlearningOutcome Match(UnlearningScene scene, ModelStack oracles, int each = 1) => new OracleMatching(new() { Epochs = 20, OraclesPerModel = each })
        .Unlearn(scene.Request, new UnlearningContext { Models = scene.Students, Rows = scene.Rows, Oracles = oracles });
}
