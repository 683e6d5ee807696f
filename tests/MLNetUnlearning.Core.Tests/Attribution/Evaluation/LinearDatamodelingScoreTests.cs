using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Attribution.Evaluation;

[TestClass]
public sealed class LinearDatamodelingScoreTests
{
    private const int Rows = 60, Targets = 20, Subsets = 40;

    [TestMethod]
    public void Compute_ModelsThatAreLinearInTheirRows_GivesOne()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 1, noise: 0);

        var result = LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, scene.Models, scene.Margins);

        Assert.AreEqual(1, result.Score, 1e-12);
        Assert.AreEqual(1, result.Low, 1e-12);
        Assert.AreEqual(1, result.High, 1e-12);
        Assert.HasCount(Targets, result.PerTarget);
        Assert.AreEqual((Subsets, Subsets), (result.Subsets, result.Models));
        Assert.IsNull(result.Ceiling);
    }

    /// <summary>About 0: under the null the mean of 20 correlations over 40 subsets has a standard deviation of about 0.04.</summary>
    [TestMethod]
    public void Compute_ShuffledRows_GivesAboutZero()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 1, noise: 0);
        var shuffled = scene.Influence.index_select(1, tensor(StableRandom.Order([.. scene.Rows.RowIds], 9).Select(i => (long)i).ToArray()));

        var result = LinearDatamodelingScore.Compute(shuffled, scene.Rows, scene.Models, scene.Margins);

        Assert.IsLessThan(0.15, Math.Abs(result.Score));
    }

    [TestMethod]
    public void Compute_NoInfluence_GivesZero()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 1, noise: 0);

        var result = LinearDatamodelingScore.Compute(zeros_like(scene.Influence), scene.Rows, scene.Models, scene.Margins);

        Assert.AreEqual((0.0, 0.0, 0.0), (result.Score, result.Low, result.High));
    }

    [TestMethod]
    public void Compute_SeveralModels_RanksTheirMeanAgainstTheSumsAsANaiveLoopDoes()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 3, noise: 2);
        var influence = scene.Influence.add(randn(scene.Influence.shape, generator: new Generator(8)), Held(1));
        var expected = new double[Targets];
        for (int target = 0; target < Targets; target++)
        {
            double[] truth = new double[Subsets], predicted = new double[Subsets];
            for (int subset = 0; subset < Subsets; subset++)
            {
                truth[subset] = Enumerable.Range(0, 3).Average(model => (double)scene.Margins[3 * subset + model, target]);
                predicted[subset] = Enumerable.Range(0, Rows).Where(row => !scene.Models[3 * subset].ExcludedRowIds.Contains(scene.Rows.RowIds[row])).Sum(row => (double)influence[target, row].item<float>());
            }

            expected[target] = NaiveSpearman.Of(truth, predicted);
        }

        var result = LinearDatamodelingScore.Compute(influence, scene.Rows, scene.Models, scene.Margins);

        for (int target = 0; target < Targets; target++)
        {
            Assert.AreEqual(expected[target], result.PerTarget[target], 1e-12);
        }

        Assert.AreEqual(expected.Average(), result.Score, 1e-12);
        Assert.IsTrue(result.Low < result.Score && result.Score < result.High, $"{result.Low} {result.Score} {result.High}");
        Assert.AreEqual((Subsets, 3 * Subsets), (result.Subsets, result.Models));
    }

    [TestMethod]
    public void Compute_AnotherOrderOfModels_GivesTheSameScore()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 2, noise: 1);
        int[] order = StableRandom.Order([.. Enumerable.Range(0, scene.Models.Length).Select(i => (long)i)], 5);
        var margins = new float[order.Length, Targets];
        for (int i = 0; i < order.Length; i++)
        {
            for (int target = 0; target < Targets; target++)
            {
                margins[i, target] = scene.Margins[order[i], target];
            }
        }

        var expected = LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, scene.Models, scene.Margins);
        var result = LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, [.. order.Select(i => scene.Models[i])], margins);

        Assert.AreEqual(expected.Score, result.Score, 1e-12);
    }

    /// <summary>
    /// The truth's own noise caps a perfect predictor: its score and the ceiling, which does not know the prediction, must agree. The tolerance is three standard errors of the
    /// difference over 20 targets and 40 subsets.
    /// </summary>
    [TestMethod]
    [DataRow(1.0)]
    [DataRow(5.0)]
    public void Ceiling_NoisyTruth_IsWhatAPerfectPredictorScores(double noise)
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 3, noise);

        var result = LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, scene.Models, scene.Margins);

        Assert.AreEqual(result.Score, result.Ceiling!.Value, 0.06);
        Assert.IsTrue(noise > 2 ? result.Score < 0.8 : result.Score > 0.9, $"{result.Score}");
    }

    [TestMethod]
    public void Compute_SeedOfTheBootstrap_FixesTheInterval()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 1, noise: 3);
        LinearDatamodelingResult Run(ulong seed, double confidence = 0.95) =>
            LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, scene.Models, scene.Margins, new LinearDatamodelingOptions { Seed = seed, Confidence = confidence, Resamples = 200 });

        Assert.AreEqual((Run(1).Low, Run(1).High), (Run(1).Low, Run(1).High));
        Assert.AreNotEqual((Run(1).Low, Run(1).High), (Run(2).Low, Run(2).High));
        Assert.IsLessThan(Run(1).High - Run(1).Low, Run(1, 0.5).High - Run(1, 0.5).Low);
    }

    [TestMethod]
    public void Compute_WrongInput_SaysWhatIsWrong()
    {
        using var scope = NewDisposeScope();
        using var scene = new Scene(modelsPerSubset: 1, noise: 0);
        string Message(Tensor influence, MemberPlan[] models, float[,] margins) =>
            Assert.ThrowsExactly<ArgumentException>(() => LinearDatamodelingScore.Compute(influence, scene.Rows, models, margins)).Message;
        var spoilt = (float[,])scene.Margins.Clone();
        spoilt[0, 0] = float.NaN;

        StringAssert.Contains(Message(scene.Influence.t(), scene.Models, scene.Margins), "[60, 20]");
        StringAssert.Contains(Message(scene.Influence.div(Held(0)), scene.Models, scene.Margins), "influence");
        StringAssert.Contains(Message(scene.Influence, scene.Models, spoilt), "margin");
        StringAssert.Contains(Message(scene.Influence, [.. scene.Models.Select(_ => scene.Models[0])], scene.Margins), "two subsets");
        Assert.ThrowsExactly<RowDataException>(() => LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, [.. scene.Models.Select(_ => new MemberPlan(0, [-1]))], scene.Margins));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LinearDatamodelingOptions { Confidence = 1 }.Validate());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LinearDatamodelingOptions { Resamples = 0 }.Validate());
    }

    [TestMethod]
    public void Compute_Repeated_LeavesNoTensorBehind()
    {
        using var scene = new Scene(modelsPerSubset: 1, noise: 0);

        Assert.AreEqual(0, LiveTensors.LeftBy(() => LinearDatamodelingScore.Compute(scene.Influence, scene.Rows, scene.Models, scene.Margins, new LinearDatamodelingOptions { Resamples = 2 }), 3));
    }

    /// <summary>Made-up models whose margins are sums over their rows, plus noise.</summary>
    private sealed class Scene : IDisposable
    {
        public Scene(int modelsPerSubset, double noise)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(21);
            Rows = LabeledRows.Create([.. Enumerable.Range(0, LinearDatamodelingScoreTests.Rows).Select(i => (float)i)], 1, new int[LinearDatamodelingScoreTests.Rows], [.. Enumerable.Range(0, LinearDatamodelingScoreTests.Rows).Select(i => 3L * i)], 2);
            Influence = randn([Targets, LinearDatamodelingScoreTests.Rows], generator: generator).DetachFromDisposeScope();
            var plan = DeletionPlan.Random(Rows, Subsets, 0.5, seed: 6).Members;
            Models = [.. Enumerable.Range(0, Subsets * modelsPerSubset).Select(i => new MemberPlan((ulong)i, plan[i / modelsPerSubset]))];
            Margins = new float[Models.Length, Targets];
            var draws = randn([Models.Length, Targets], generator: generator).mul(Held(noise));
            for (int model = 0; model < Models.Length; model++)
            {
                var present = ones(LinearDatamodelingScoreTests.Rows);
                present.index_fill_(0, tensor(Rows.IndexesOf(Models[model].ExcludedRowIds).Select(i => (long)i).ToArray()), Held(0));
                float[] sums = [.. Influence.mv(present).add(draws[model], Held(1)).data<float>()];
                for (int target = 0; target < Targets; target++)
                {
                    Margins[model, target] = sums[target];
                }
            }
        }

        public LabeledRows Rows { get; }

        public Tensor Influence { get; }

        public MemberPlan[] Models { get; }

        public float[,] Margins { get; }

        public void Dispose()
        {
            Rows.Dispose();
            Influence.Dispose();
        }
    }
}
