using MLNetUnlearning.Benchmarks;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>The convex theory of Datamodel Matching on ridge regression with more features than rows; distances are squared and relative to that at the start.</summary>
[TestClass]
public sealed class ConvexUnlearningTests
{
    private const int Steps = 400;

    [TestMethod]
    [DataRow(0.05)]
    [DataRow(0.005)]
    [DataRow(0.0005)]
    public void OracleMatching_SmallRidge_BeatsDescentAtEveryStep(double ridge)
    {
        using var simulation = new ConvexSimulation(ridge, seed: 1);

        double[] matching = simulation.OracleMatching(Steps), descent = simulation.Descent(Steps);

        for (int step = 1; step <= Steps; step++)
        {
            Assert.IsLessThan(descent[step], matching[step], $"step {step}");
        }
    }

    /// <summary>Late steps shorten the distance by the square of the slowest factor, which the rows alone set for matching and the ridge for descent.</summary>
    [TestMethod]
    [DataRow(0.05)]
    [DataRow(0.005)]
    [DataRow(0.0005)]
    public void Rates_LateSteps_AreThoseOfTheTheory(double ridge)
    {
        using var simulation = new ConvexSimulation(ridge, seed: 1);

        double[] matching = simulation.OracleMatching(Steps), descent = simulation.Descent(Steps);

        Assert.AreEqual(Math.Pow(simulation.MatchingFactor, 2), matching[Steps] / matching[Steps - 1], 0.02, "matching");
        Assert.AreEqual(Math.Pow(simulation.DescentFactor, 2), descent[^1] / descent[^2], 1e-4, "descent");
    }

    [TestMethod]
    public void OracleMatching_HundredTimesLessRidge_IsAsFastAndDescentIsNot()
    {
        using var more = new ConvexSimulation(0.05, seed: 1);
        using var less = new ConvexSimulation(0.0005, seed: 1);

        Assert.AreEqual(Rate(more.OracleMatching(Steps)), Rate(less.OracleMatching(Steps)), 0.001);
        Assert.IsGreaterThan(Rate(more.Descent(Steps)) + 0.03, Rate(less.Descent(Steps)), "negative control");

        static double Rate(double[] walk) => walk[^1] / walk[^2];
    }

    [TestMethod]
    public void Ascent_Continued_LeavesWithoutEnd()
    {
        using var simulation = new ConvexSimulation(0.05, seed: 1);

        double[] ascent = simulation.Ascent(Steps), both = simulation.AscentDescent(Steps);

        foreach (double[] walk in new[] { ascent, both })
        {
            Assert.IsGreaterThan(1e3, walk[Steps]);
            Assert.IsGreaterThan(walk[Steps / 2], walk[Steps]);
        }
    }

    [TestMethod]
    public void DatamodelMatching_GroupExactTargets_EqualsOracleMatching()
    {
        using var simulation = new ConvexSimulation(0.05, seed: 2);
        var exact = simulation.GroupExact();

        double[] matching = simulation.DatamodelMatching(exact, Steps), oracle = simulation.OracleMatching(Steps);

        // LeverageExact predicts in float32.
        Assert.IsLessThan(1e-10, simulation.TargetError(exact));
        for (int step = 0; step <= Steps; step++)
        {
            Assert.AreEqual(oracle[step], matching[step], 1e-4, $"step {step}");
        }
    }

    /// <summary>Outputs end where the targets are, so as far from the truth as they.</summary>
    [TestMethod]
    public void DatamodelMatching_ImperfectTargets_EndsAtTheirError()
    {
        using var simulation = new ConvexSimulation(0.05, seed: 1);
        var leaveOneOut = simulation.AdditiveLeaveOneOut();
        var influence = simulation.AdditiveInfluence();

        double good = simulation.TargetError(leaveOneOut), bad = simulation.TargetError(influence);

        Assert.AreEqual(good, simulation.OutputError(leaveOneOut, 2 * Steps), 0.01 * good);
        Assert.AreEqual(bad, simulation.OutputError(influence, 2 * Steps), 0.01 * bad);
        Assert.IsGreaterThan(5 * good, bad, "the leverage correction is what counts");
        Assert.IsGreaterThan(1e-3, good, "or the plateau shows nothing");
    }

    /// <summary>Matching a part of the rows ends at the retrained parameters' projection: what its rows do not span stays as it was.</summary>
    [TestMethod]
    public void OracleMatching_SomeRows_EndsAtWhatTheyDoNotSpan()
    {
        using var simulation = new ConvexSimulation(0.05, seed: 1);

        double outside = simulation.OutsideSpan(retained: 18);

        Assert.AreEqual(outside, simulation.OracleMatching(Steps, retained: 18)[Steps], 1e-3);
        Assert.IsGreaterThan(0.1, outside, "or the plateau shows nothing");
        Assert.IsLessThan(1e-3, simulation.OracleMatching(Steps)[Steps], "negative control: all rows");
    }
}
