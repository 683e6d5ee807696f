using MLNetUnlearning.Attribution;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class TrakOptionsTests
{
    public static IEnumerable<object[]> OutOfRange =>
    [
        [nameof(TrakOptions.ProjectionSize), new TrakOptions { ProjectionSize = 0 }],
        [nameof(TrakOptions.MaxMembers), new TrakOptions { MaxMembers = 0 }],
        [nameof(TrakOptions.BatchSize), new TrakOptions { BatchSize = 0 }],
        [nameof(TrakOptions.MaxWorkers), new TrakOptions { MaxWorkers = 0 }],
        [nameof(TrakOptions.Ridge), new TrakOptions { Ridge = -1 }],
        [nameof(TrakOptions.Ridge), new TrakOptions { Ridge = double.NaN }],
        [nameof(TrakOptions.SoftThreshold), new TrakOptions { SoftThreshold = -0.1 }],
        [nameof(TrakOptions.Multiplier), new TrakOptions { Multiplier = 0 }],
        [nameof(TrakOptions.CheckpointEpochs), new TrakOptions { CheckpointEpochs = [] }],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void Constructor_SettingOutOfRange_NamesTheSetting(string setting, TrakOptions options)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Trak(options));

        StringAssert.Contains(error.Message, setting);
    }

    [TestMethod]
    public void Constructor_NoRidge_SaysThatTheKernelIsSingular()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Trak(new TrakOptions { Ridge = 0 }));

        StringAssert.Contains(error.Message, "singular");
    }

    [TestMethod]
    public void Needs_ByMembersUsed_AsksForFullMembersOrNone()
    {
        Assert.AreEqual(AttributorNeeds.FullMembers, new TrakOptions().CreateAttributor().Needs);
        Assert.AreEqual(AttributorNeeds.None, new TrakOptions { UseDeletionMembers = true }.CreateAttributor().Needs);
    }
}
