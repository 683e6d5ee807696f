using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class DatamodelMatchingOptionsTests
{
    public static IEnumerable<object[]> OutOfRange =>
    [
        [nameof(DatamodelMatchingOptions.ForgetMultiplier), new DatamodelMatchingOptions { ForgetMultiplier = 0 }],
        [nameof(DatamodelMatchingOptions.RetainMultiplier), new DatamodelMatchingOptions { RetainMultiplier = 0 }],
        [nameof(DatamodelMatchingOptions.RetainMultiplier), new DatamodelMatchingOptions { RetainMultiplier = double.NaN }],
        [nameof(DatamodelMatchingOptions.StopResidual), new DatamodelMatchingOptions { StopResidual = 1 }],
        [nameof(DatamodelMatchingOptions.StopResidual), new DatamodelMatchingOptions { StopResidual = double.NaN }],
        [nameof(DatamodelMatchingOptions.MinSteps), new DatamodelMatchingOptions { MinSteps = 0 }],
        [nameof(DatamodelMatchingOptions.Epochs), new DatamodelMatchingOptions { Epochs = 0 }],
        [nameof(DatamodelMatchingOptions.LearningRate), new DatamodelMatchingOptions { LearningRate = -1 }],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void CreateUnlearner_SettingOutOfRange_NamesTheSetting(string setting, DatamodelMatchingOptions options)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(options.CreateUnlearner);

        StringAssert.Contains(error.Message, setting);
    }

    [TestMethod]
    public void CreateUnlearner_OptionsChangedAfterwards_KeepsItsCopy()
    {
        using var scene = new UnlearningScene(models: 1);
        var options = new DatamodelMatchingOptions { Epochs = 1 };
        var method = options.CreateUnlearner();
        options.Epochs = 3;

        using var kept = method.Unlearn(scene.Request, scene.Context(scene.Truth));
        using var asked = new DatamodelMatching(new DatamodelMatchingOptions { Epochs = 1 }).Unlearn(scene.Request, scene.Context(scene.Truth));

        Assert.AreEqual(Bits.Of(asked.Models), Bits.Of(kept.Models));
    }

    [TestMethod]
    [DataRow(3200, 5, DisplayName = "100 steps an epoch: the epochs asked for")]
    [DataRow(320, 12, DisplayName = "10 steps an epoch: as many epochs as make 120 steps")]
    [DataRow(1, 120, DisplayName = "one step an epoch")]
    public void For_SmallSet_TakesTheFewestSteps(int entries, int epochs)
    {
        var options = new DatamodelMatchingOptions { Epochs = 5, BatchSize = 32, MinSteps = 120 };

        Assert.AreEqual(epochs, options.For(entries).Epochs);
        Assert.AreEqual(5, options.Epochs);
    }
}
