using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

[TestClass]
public sealed class TargetErrorTests
{
    [TestMethod]
    public void Of_ByHand_GivesTheClosedForm()
    {
        using var scope = NewDisposeScope();
        // Centred: truth (1, -1), (2, -2); prediction (1, -1), (1, -1). SS = 10, SSE = 2, product = 6, square of the prediction = 4.
        using var truth = TrueChange.Exact(tensor(new float[] { 3, 1, 2, -2 }).view(2, 2));

        var error = TargetError.Of(tensor(new float[] { 1, -1, 8, 6 }).view(2, 2), truth);

        Assert.AreEqual(2, error.Targets);
        Assert.AreEqual(0.8, error.R2, 1e-12);
        Assert.AreEqual(6 / Math.Sqrt(40), error.Correlation, 1e-12);
        Assert.AreEqual(1.5, error.Multiplier, 1e-12);
        Assert.AreEqual(1, error.Ceiling);
        Assert.AreEqual(error.R2, error.ShareOfCeiling);
    }

    /// <summary>The zero prediction is the reference; too long a step scores below it.</summary>
    [TestMethod]
    public void Of_ScaledTruth_GivesOneMinusSquareOfTheMiss()
    {
        using var scope = NewDisposeScope();
        var values = randn([7, 3], generator: new Generator(1));
        using var truth = TrueChange.Exact(values);
        foreach (double scale in new[] { 1, 0.5, 3, -1 })
        {
            var error = TargetError.Of(values.mul(Held(scale)).add(Held(5), Held(1)), truth);

            Assert.AreEqual(1 - (scale - 1) * (scale - 1), error.R2, 1e-6);
            Assert.AreEqual(Math.Sign(scale), error.Correlation, 1e-6);
            Assert.AreEqual(1 / scale, error.Multiplier, 1e-6);
        }

        var nothing = TargetError.Of(zeros_like(values), truth);
        Assert.AreEqual(0, nothing.R2);
        Assert.IsTrue(double.IsNaN(nothing.Correlation) && double.IsNaN(nothing.Multiplier));
    }

    /// <summary>The ceiling is estimated from the models; what the true change really scores against the noisy mean must lie around it.</summary>
    [TestMethod]
    public void Of_NoisyTruth_CeilingIsWhatTheTrueChangeScores()
    {
        using var scope = NewDisposeScope();
        const int Repeats = 40, Oracles = 12, Full = 20, Targets = 30, Classes = 4;
        var generator = new Generator(2);
        var change = randn([Targets, Classes], generator: generator).mul(Held(0.5));
        var scale = rand([Targets, Classes], generator: generator).add(Held(0.5), Held(1));
        double sum = 0, ceiling = 0, control = 0;
        for (int i = 0; i < Repeats; i++)
        {
            using var repeat = NewDisposeScope();
            var oracles = randn([Oracles, Targets, Classes], generator: generator).mul(scale).add(change, Held(1)).add(Held(7), Held(1));
            var full = randn([Full, Targets, Classes], generator: generator).mul(scale).add(Held(7), Held(1));
            using var truth = TrueChange.FromModels(oracles, full);
            var perfect = TargetError.Of(change, truth);
            sum += perfect.R2 / Repeats;
            ceiling += perfect.Ceiling / Repeats;
            control += TargetError.Of(change.roll(1, 0), truth).R2 / Repeats;
        }

        Assert.IsInRange(0.2, 0.8, ceiling, "The noise must matter, or the test shows nothing.");
        Assert.AreEqual(ceiling, sum, 0.02);
        Assert.IsLessThan(0, control, "The change of other targets must not pass.");
    }

    /// <summary>
    /// Truth (3, 1), (2, -2); prediction (1, -1), (8, 6). SS = 18, SSE = 108, product = 6, square of the prediction = 102. Control: the same numbers as logits, whose shift counts for nothing, score 0.8 (above).
    /// </summary>
    [TestMethod]
    public void Of_Values_AreNotCentred()
    {
        using var scope = NewDisposeScope();
        using var truth = TrueChange.Exact(tensor(new float[] { 3, 1, 2, -2 }).view(2, 2), TrainingLoss.SquaredError);

        var error = TargetError.Of(tensor(new float[] { 1, -1, 8, 6 }).view(2, 2), truth);

        Assert.AreEqual(1 - (108.0 / 18), error.R2, 1e-12);
        Assert.AreEqual(6 / Math.Sqrt(102 * 18.0), error.Correlation, 1e-12);
        Assert.AreEqual(6.0 / 102, error.Multiplier, 1e-12);
    }

    /// <summary>One output less its own mean over outputs is 0: as logits the change would vanish, and nothing could be graded.</summary>
    [TestMethod]
    public void Of_OneValue_IsGradedFromModelsAndFromPairs()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(8);
        Tensor full = randn([10, 30, 1], generator: generator).mul(Held(0.1)).add(Held(4), Held(1)), change = randn([30, 1], generator: generator);
        var oracles = full.add(change, Held(1)).add(randn([10, 30, 1], generator: generator), alpha: Held(0.1));
        foreach (var make in new Func<TrainingLoss, TrueChange>[] { loss => TrueChange.FromModels(oracles, full, loss), loss => TrueChange.FromPairs(oracles, full, loss) })
        {
            using TrueChange truth = make(TrainingLoss.SquaredError), logits = make(TrainingLoss.CrossEntropy);

            Closeness.Check(oracles.sub(full).mean([0]), truth.Values.to_type(ScalarType.Float32), 1e-5, "change");
            Assert.IsGreaterThan(0.99, TargetError.Of(change, truth).R2);
            Assert.IsGreaterThan(0.99, TargetError.Of(change, truth).Ceiling);
            Assert.IsLessThan(0, TargetError.Of(change.roll(1, 0), truth).R2, "the change of other targets");
            Assert.AreEqual(TargetError.Of(change, truth), TargetError.BySet(change, truth, new Dictionary<string, IReadOnlyList<int>> { ["all"] = [.. Enumerable.Range(0, 30)] })["all"]);
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TargetError.Of(change, logits)).Message, "zero everywhere");
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TrueChange.Concatenate([truth, logits])).Message, "values");
        }
    }

    /// <summary>Noise that a pair shares must neither reach the mean nor count against the ceiling.</summary>
    [TestMethod]
    public void FromPairs_SharedNoise_LeavesTheMeanAndTheCeiling()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(6);
        var full = randn([10, 30, 4], generator: generator).mul(Held(3));
        var change = randn([30, 4], generator: generator);
        var oracles = full.add(change, Held(1)).add(randn([10, 30, 4], generator: generator), alpha: Held(0.1));
        using var paired = TrueChange.FromPairs(oracles, full);
        using var apart = TrueChange.FromModels(oracles, full);
        using var twice = TrueChange.Concatenate([paired, paired]);

        Assert.IsInRange(0.995, 1, TargetError.Of(change, paired).R2);
        Assert.IsInRange(0.995, 1, TargetError.Of(change, paired).Ceiling);
        Assert.IsLessThan(0.2, TargetError.Of(change, apart).Ceiling);
        Assert.AreEqual(TargetError.Of(change, paired).R2, TargetError.Of(cat([change, change]), twice).R2, 1e-12);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TrueChange.FromPairs(oracles, full.slice(0, 0, 9, 1))).Message, "[9, 30, 4]");
    }

    [TestMethod]
    public void BySet_Sets_AreGradedApart()
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3);
        Tensor values = randn([6, 3], generator: generator), predicted = values.clone();
        predicted.slice(0, 0, 2, 1).zero_();
        using var truth = TrueChange.Exact(values);

        var errors = TargetError.BySet(predicted, truth, new Dictionary<string, IReadOnlyList<int>> { ["forget"] = [0, 1], ["retain"] = [2, 4], ["validation"] = [5] });

        Assert.AreEqual(0, errors["forget"].R2);
        Assert.AreEqual(1, errors["retain"].R2, 1e-12);
        Assert.AreEqual(2, errors["retain"].Targets);
        Assert.AreEqual(1, errors["validation"].R2, 1e-12);
    }

    [TestMethod]
    public void Of_ChangePerModel_GradesTheMean()
    {
        using var scope = NewDisposeScope();
        var values = randn([4, 3], generator: new Generator(4));
        using var truth = TrueChange.Exact(values);

        Assert.AreEqual(1, TargetError.Of(stack([values.mul(Held(0.5)), values.mul(Held(1.5))]), truth).R2, 1e-10);
    }

    [TestMethod]
    public void Of_ShapesThatDoNotFit_AreRefused()
    {
        using var scope = NewDisposeScope();
        using var truth = TrueChange.Exact(ones(4, 3).cumsum(1));

        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TargetError.Of(ones(3, 3), truth)).Message, "[3, 3]");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TrueChange.FromModels(ones(2, 4, 3), ones(2, 5, 3))).Message, "[2, 5, 3]");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TrueChange.FromModels(ones(1, 4, 3), ones(2, 4, 3))).Message, "1 oracles");
        using var still = TrueChange.Exact(ones(4, 3));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TargetError.Of(ones(4, 3), still)).Message, "zero everywhere");
    }

    [TestMethod]
    public void Of_Repeated_LeavesNoTensors() => Assert.AreEqual(0, LiveTensors.LeftBy(Grade, times: 3));

    private static void Grade()
    {
        using Tensor oracles = randn([3, 4, 5]), full = randn([2, 4, 5]), predicted = randn([4, 5]);
        using var truth = TrueChange.FromModels(oracles, full);
        TargetError.Of(predicted, truth);
        TargetError.BySet(predicted, truth, new Dictionary<string, IReadOnlyList<int>> { ["all"] = [0, 1, 2, 3] });
    }
}
