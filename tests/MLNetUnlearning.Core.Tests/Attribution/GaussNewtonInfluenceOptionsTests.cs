using MLNetUnlearning.Attribution;

namespace MLNetUnlearning.Core.Tests.Attribution;

[TestClass]
public sealed class GaussNewtonInfluenceOptionsTests
{
    public static IEnumerable<object[]> OutOfRange =>
    [
        [nameof(GaussNewtonInfluenceOptions.ProjectionSize), new GaussNewtonInfluenceOptions { ProjectionSize = 0 }],
        [nameof(GaussNewtonInfluenceOptions.Iterations), new GaussNewtonInfluenceOptions { Iterations = 0 }],
        [nameof(GaussNewtonInfluenceOptions.Stages), new GaussNewtonInfluenceOptions { Stages = 0, EvaluateStep = true }],
        [nameof(GaussNewtonInfluenceOptions.Stages), new GaussNewtonInfluenceOptions { Stages = 2 }],
        [nameof(GaussNewtonInfluenceOptions.CurvatureRows), new GaussNewtonInfluenceOptions { CurvatureRows = 0 }],
        [nameof(GaussNewtonInfluenceOptions.Tolerance), new GaussNewtonInfluenceOptions { Tolerance = -1e-9 }],
        [nameof(GaussNewtonInfluenceOptions.Tolerance), new GaussNewtonInfluenceOptions { Tolerance = 1 }],
        [nameof(GaussNewtonInfluenceOptions.Tolerance), new GaussNewtonInfluenceOptions { Tolerance = double.NaN }],
        [nameof(GaussNewtonInfluenceOptions.MaxMembers), new GaussNewtonInfluenceOptions { MaxMembers = 0 }],
        [nameof(GaussNewtonInfluenceOptions.BatchSize), new GaussNewtonInfluenceOptions { BatchSize = 0 }],
        [nameof(GaussNewtonInfluenceOptions.CurvatureFloor), new GaussNewtonInfluenceOptions { CurvatureFloor = -1e-9 }],
        [nameof(GaussNewtonInfluenceOptions.CurvatureFloor), new GaussNewtonInfluenceOptions { CurvatureFloor = 0.5 }],
        [nameof(GaussNewtonInfluenceOptions.CurvatureFloor), new GaussNewtonInfluenceOptions { CurvatureFloor = double.NaN }],
        [nameof(GaussNewtonInfluenceOptions.MaxCacheBytes), new GaussNewtonInfluenceOptions { MaxCacheBytes = -1 }],
        [nameof(GaussNewtonInfluenceOptions.MaxWorkers), new GaussNewtonInfluenceOptions { MaxWorkers = 0 }],
        [nameof(GaussNewtonInfluenceOptions.Damping), new GaussNewtonInfluenceOptions { Damping = 0 }],
        [nameof(GaussNewtonInfluenceOptions.WeightDecay), new GaussNewtonInfluenceOptions { WeightDecay = double.NaN }],
        [nameof(GaussNewtonInfluenceOptions.Multiplier), new GaussNewtonInfluenceOptions { Multiplier = double.PositiveInfinity }],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void Constructor_SettingOutOfRange_NamesTheSetting(string setting, GaussNewtonInfluenceOptions options)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new GaussNewtonInfluence(options));

        StringAssert.Contains(error.Message, setting);
    }
}
