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
}
