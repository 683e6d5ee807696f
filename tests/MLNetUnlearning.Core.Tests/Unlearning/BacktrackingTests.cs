using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>A rate that is too fast for the network must not end further from the targets than doing nothing.</summary>
[TestClass]
public sealed class BacktrackingTests
{
    [TestMethod]
    public void Match_RateTooHigh_IsTriedAgainLower()
    {
        using var scene = new UnlearningScene(models: 2);

        using var searched = scene.Match(scene.Truth, options => (options.LearningRate, options.MaxBacktracks) = (3, 3));
        using var control = scene.Match(scene.Truth, options => (options.LearningRate, options.MaxBacktracks) = (3, 0));

        Assert.IsLessThan(0.75 * searched.MatchResidualBefore!.Value, searched.MatchResidualAfter!.Value);
        Assert.IsGreaterThan(control.MatchResidualBefore!.Value, control.MatchResidualAfter!.Value, "negative control: at this rate alone the models end further away");
    }

    [TestMethod]
    public void Match_EveryRateTooHigh_LeavesTheModelsAtTheirStart()
    {
        using var scene = new UnlearningScene(models: 2);

        using var outcome = scene.Match(scene.Truth, options => (options.LearningRate, options.MaxBacktracks) = (500, 1));

        Assert.AreEqual(Bits.Of(scene.Students), Bits.Of(outcome.Models));
        Assert.AreEqual(outcome.MatchResidualBefore, outcome.MatchResidualAfter);
    }

    [TestMethod]
    public void Match_FirstRateGoodEnough_IsTheFineTuningWithoutSearch()
    {
        using var scene = new UnlearningScene(models: 2);

        using var searched = scene.Match(scene.Truth);
        using var plain = scene.Match(scene.Truth, options => (options.Epochs, options.MaxBacktracks) = (8, 0));

        Assert.IsLessThan(0.7 * plain.MatchResidualBefore!.Value, plain.MatchResidualAfter!.Value);
        Assert.AreEqual(Bits.Of(plain.Models), Bits.Of(searched.Models));
    }

    /// <summary>Of three models those that need a lower rate get one; what a model ends at does not depend on the others.</summary>
    [TestMethod]
    public void Match_StudentsTogether_EqualStudentsAlone()
    {
        using var scene = new UnlearningScene(models: 3);
        void Fast(DatamodelMatchingOptions options) => (options.Epochs, options.LearningRate) = (8, 1);
        using var together = scene.Match(scene.Truth, Fast);
        using var plain = scene.Match(scene.Truth, options => (options.Epochs, options.LearningRate, options.MaxBacktracks) = (8, 1, 0));
        Assert.AreNotEqual(Bits.Of(plain.Models), Bits.Of(together.Models), "some model must need a lower rate, or the test shows nothing");

        for (int model = 0; model < 3; model++)
        {
            using var one = scene.Students.Slice(model, 1);
            var options = new DatamodelMatchingOptions();
            Fast(options);
            using var alone = new DatamodelMatching(options).Unlearn(scene.Request, new UnlearningContext { Models = one, Rows = scene.Rows, Attributor = scene.Truth });
            Assert.AreEqual(Bits.Of(together.Models, model), Bits.Of(alone.Models, 0), $"model {model}");
        }
    }

    [TestMethod]
    public void Validate_NegativeNumber_NamesTheSetting()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DatamodelMatchingOptions { MaxBacktracks = -1 }.Validate());

        StringAssert.Contains(error.Message, nameof(MatchingOptions.MaxBacktracks));
    }
}
