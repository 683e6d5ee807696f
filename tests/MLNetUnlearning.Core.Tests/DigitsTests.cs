namespace MLNetUnlearning.Core.Tests;

[TestClass]
public sealed class DigitsTests
{
    [TestMethod]
    public void TrainAndTest_Loaded_SplitAllRowsByTheirId()
    {
        using var train = Digits.Train();
        using var test = Digits.Test();

        Assert.AreEqual(1437, train.Count);
        Assert.AreEqual(360, test.Count);
        Assert.IsTrue(test.RowIds.All(id => id % 5 == 0));
        Assert.IsTrue(train.RowIds.All(id => id % 5 != 0));
        Assert.AreEqual(1f, train.Features.max().item<float>());
    }
}
