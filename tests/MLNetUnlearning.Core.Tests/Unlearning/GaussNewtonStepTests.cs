using MLNetUnlearning.Attribution;
using MLNetUnlearning.Core.Tests.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

[TestClass]
public sealed class GaussNewtonStepTests
{
    private static readonly int[] Forget = [0, 1, 42, 60];

    /// <summary>With damping 1 the step is Newton's, which is exact for ridge regression however many stages it has; 1e-3 is what conjugate gradients in float32 leave.</summary>
    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void Unlearn_RidgeRegression_EndsAtTheRetrainedModel(int stages)
    {
        using var scope = NewDisposeScope();
        using var rows = Digits.Train(90);
        var problem = new ConvexProblem(rows, TrainingLoss.SquaredError, WeightDecay: 0.01);
        Tensor original = problem.Solve(), retrained = problem.Solve(Forget);
        using var bank = Banks.OfAffine(original);

        using var outcome = Step(rows, bank.Models.Final, new() { Loss = TrainingLoss.SquaredError, WeightDecay = 0.01, Damping = 1, Stages = stages, Iterations = 200, Tolerance = 1e-7 });

        var reached = cat([outcome.Models.Tensors[0][0].t(), outcome.Models.Tensors[1][0].unsqueeze(0)]).to_type(ScalarType.Float64);
        double way = retrained.sub(original).pow(Held(2)).sum().sqrt().item<double>();
        Assert.IsLessThan(1e-3 * way, reached.sub(retrained).pow(Held(2)).sum().sqrt().item<double>());
        Assert.IsGreaterThan(0.01, way, "or the test shows nothing");
    }

    [TestMethod]
    public void Unlearn_Multiplier_ScalesTheStep()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 1);

        using var once = Step(scene, new() { Multiplier = 1 });
        using var twice = Step(scene, new() { Multiplier = 2 });

        for (int i = 0; i < scene.Students.Tensors.Count; i++)
        {
            var start = scene.Students.Tensors[i];
            Closeness.Check(once.Models.Tensors[i].sub(start).mul(Held(2)), twice.Models.Tensors[i].sub(start), 1e-5, scene.Students.Graph.Parameters[i].Name);
        }
    }

    /// <summary>Against oracles of the same seeds: each student's margins on the forget rows move most of the way. The wrong rows are the negative control.</summary>
    [TestMethod]
    public void Unlearn_SimilarRows_BringsEachStudentCloserToItsOracle()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene();
        using var wrong = new GaussNewtonStep(new()).Unlearn(new UnlearningRequest { ForgetRowIds = ForgetSets.Random(scene.Rows, 12, 3) }, scene.Context(null));

        using var outcome = Step(scene, new());

        double start = Distance(scene.Students), reached = Distance(outcome.Models);
        Assert.IsLessThan(0.75 * start, reached);
        Assert.IsGreaterThan(0.9 * start, Distance(wrong.Models), "negative control");

        double Distance(ModelStack models)
        {
            using var logits = models.Logits(scene.ForgetFeatures);
            using var truth = scene.Oracles.Logits(scene.ForgetFeatures);
            return logits.softmax(2).mean([0]).sub(truth.softmax(2).mean([0])).pow(Held(2)).sum().sqrt().item<float>();
        }
    }

    [TestMethod]
    public void Unlearn_StudentsTogether_EqualStudentsAlone()
    {
        using var scene = new UnlearningScene(models: 3);
        string before = Bits.Of(scene.Students);
        using var together = Step(scene, new() { CurvatureRows = 100 });
        using var last = scene.Students.Slice(2, 1);

        using var alone = Step(scene.Rows, last, new() { CurvatureRows = 100, MaxWorkers = 1 }, scene.Request);

        Assert.AreEqual(Bits.Of(together.Models, 2), Bits.Of(alone.Models, 0));
        Assert.AreEqual(before, Bits.Of(scene.Students));
    }

    [TestMethod]
    public void Unlearn_Run_ReportsEachModelAndLeavesNoTensors()
    {
        using var scene = new UnlearningScene(models: 2);
        var progress = new ProgressCount();

        long left = LiveTensors.LeftBy(() => new GaussNewtonStep(new() { Iterations = 2 }).Unlearn(scene.Request, scene.Context(null), progress).Dispose(), 2);

        Assert.AreEqual(0, left);
        Assert.AreEqual(3 * 2, progress.Reports);
    }

    [TestMethod]
    public void Unlearn_Cancelled_StopsAndLeavesNoTensors()
    {
        using var scene = new UnlearningScene(models: 1);
        using var source = new CancellationTokenSource();
        source.Cancel();

        long left = LiveTensors.LeftBy(
            () => Assert.ThrowsExactly<OperationCanceledException>(() => new GaussNewtonStep(new()).Unlearn(scene.Request, scene.Context(null), null, source.Token)), 2);

        Assert.AreEqual(0, left);
    }

    [TestMethod]
    public void Unlearn_StepThatRunsAway_SaysWhatToDoAndLeavesNoTensors()
    {
        using var scene = new UnlearningScene(models: 1);

        long left = LiveTensors.LeftBy(
            () => StringAssert.Contains(
                Assert.ThrowsExactly<InvalidOperationException>(() => new GaussNewtonStep(new() { Iterations = 2, Multiplier = 1e60, Damping = 3 }).Unlearn(scene.Request, scene.Context(null))).Message, "more Damping than 3"),
            2);

        Assert.AreEqual(0, left);
    }

    /// <summary>Statistics of batch normalisation are constants of the function that is differentiated.</summary>
    [TestMethod]
    public void Unlearn_BatchNormalisation_KeepsTheRunningStatistics()
    {
        using var scope = NewDisposeScope();
        using var rows = LabeledRows.Create([.. randn([24, 256], generator: new Generator(1)).data<float>()], 256, [.. Enumerable.Range(0, 24).Select(i => i % 4)], [.. Enumerable.Range(0, 24).Select(i => (long)i)], 4);
        using var models = ModelStack.Initialize(NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2).CreateGraph(256, 4), [1]);

        using var outcome = Step(rows, models, new() { Iterations = 2 }, new UnlearningRequest { ForgetRowIds = [1, 2] });

        for (int i = 0; i < models.Tensors.Count; i++)
        {
            Assert.AreEqual(!models.Graph.Parameters[i].IsTrainable, Bits.Of([models.Tensors[i]]) == Bits.Of([outcome.Models.Tensors[i]]), models.Graph.Parameters[i].Name);
        }
    }

    private static UnlearningOutcome Step(UnlearningScene scene, GaussNewtonStepOptions options) => Step(scene.Rows, scene.Students, options, scene.Request);

    private static UnlearningOutcome Step(LabeledRows rows, ModelStack models, GaussNewtonStepOptions options, UnlearningRequest? request = null) =>
        options.CreateUnlearner().Unlearn(request ?? new UnlearningRequest { ForgetRowIds = [.. Forget.Select(row => rows.RowIds[row])] }, new UnlearningContext { Models = models, Rows = rows });
}
