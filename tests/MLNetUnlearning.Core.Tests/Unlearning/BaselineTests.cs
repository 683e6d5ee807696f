using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Unlearning;

/// <summary>
/// Descent, ascent, both and SCRUB against plain TorchSharp loops. Tolerance 2e-5 on weights of size one: some fifty steps of float32 with sums in another order.
/// </summary>
[TestClass]
public sealed class BaselineTests
{
    private const double Tolerance = 2e-5;

    [TestMethod]
    public void GradientDescent_Model_EqualsThePlainLoop()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 2);
        var naive = Naive(scene);

        using var outcome = new GradientDescentOptions { LearningRate = 0.02 }.CreateUnlearner().Unlearn(scene.Request, scene.Context(null));
        using var expected = naive.Run(scene.Students, 1, 3, 0, 1, 64, true, new(0.02, 0.9, 5e-4), _ => 0.02, (logits, index, _) => naive.CrossEntropy(logits, index));

        Check(expected, outcome.Models, 1);
    }

    [TestMethod]
    public void GradientAscent_Model_EqualsThePlainLoop()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 2);
        var naive = Naive(scene);

        using var outcome = new GradientAscentOptions { LearningRate = 0.005, BatchSize = 5 }.CreateUnlearner().Unlearn(scene.Request, scene.Context(null));
        using var expected = naive.Run(scene.Students, 1, 3, 3, 5, 5, false, new(0.005, 0.9, 5e-4), _ => 0.005, (logits, index, _) => naive.CrossEntropy(logits, index).neg());

        Check(expected, outcome.Models, 1);
    }

    [TestMethod]
    public void AscentDescent_Model_EqualsThePlainLoop()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 2);
        var naive = Naive(scene);
        var options = new AscentDescentOptions { LearningRate = 0.01, Epochs = 4, AscentEpochs = 2, ForgetBatchSize = 7 };

        using var outcome = options.CreateUnlearner().Unlearn(scene.Request, scene.Context(null));
        using var expected = naive.Run(
            scene.Students, 1, 4, 2, 7, 64, true, new(0.01, 0, 0), _ => 0.01, (logits, index, isForget) => isForget ? naive.CrossEntropy(logits, index).neg() : naive.CrossEntropy(logits, index));

        Check(expected, outcome.Models, 1);
    }

    [TestMethod]
    public void Scrub_Model_EqualsThePlainLoop()
    {
        using var scope = NewDisposeScope();
        using var scene = new UnlearningScene(models: 2);
        var naive = Naive(scene);
        using var teacher = scene.Students.ToNetwork(1);
        var taught = teacher.forward(scene.Rows.Features).detach();
        Tensor Divergence(Tensor logits, Tensor index)
        {
            var p = taught.index_select(0, index).div(Held(4)).softmax(1);
            return p.mul(p.log().sub(logits.div(Held(4)).log_softmax(1))).sum().mul(Held(16.0 / index.shape[0]));
        }

        using var outcome = new ScrubOptions { LearningRate = 1e-3, ForgetBatchSize = 5, Epochs = 4, ForgetEpochs = 2, DecayEpochs = [1, 3] }.CreateUnlearner().Unlearn(scene.Request, scene.Context(null));
        using var expected = naive.Run(
            scene.Students, 1, 4, 2, 5, 64, true, new(1e-3, 0.9, 5e-4), epoch => epoch < 1 ? 1e-3 : epoch < 3 ? 1e-4 : 1e-5,
            (logits, index, isForget) => isForget ? Divergence(logits, index).neg() : naive.CrossEntropy(logits, index).mul(Held(0.99)).add(Divergence(logits, index).mul(Held(0.1)), Held(1)));

        Check(expected, outcome.Models, 1);
    }

    [TestMethod]
    public void All_Always_LeaveTheModelsAndRepeatTheirBits()
    {
        using var scene = new UnlearningScene(models: 3);
        string before = Bits.Of(scene.Students);
        foreach (var (name, options) in Methods())
        {
            using var first = options.CreateUnlearner().Unlearn(scene.Request, scene.Context(null));
            ((OptimizationOptions)options).MaxWorkers = 1;
            using var second = options.CreateUnlearner().Unlearn(scene.Request, scene.Context(null));
            using var other = options.CreateUnlearner().Unlearn(new UnlearningRequest { ForgetRowIds = scene.Request.ForgetRowIds, Seed = 9 }, scene.Context(null));

            Assert.AreEqual(before, Bits.Of(scene.Students), name);
            Assert.AreNotEqual(before, Bits.Of(first.Models), name);
            Assert.AreEqual(Bits.Of(first.Models), Bits.Of(second.Models), name);
            Assert.IsTrue(Bits.Of(first.Models) != Bits.Of(other.Models) || name == "gradient-ascent", $"{name}: one batch holds all forget rows, others are shuffled");
        }
    }

    /// <summary>Statistics of batch normalisation stay as deployed in every method that fine-tunes.</summary>
    [TestMethod]
    public void All_BatchNormalisation_KeepTheRunningStatistics()
    {
        using var scope = NewDisposeScope();
        using var rows = LabeledRows.Create([.. randn([40, 256], generator: new Generator(1)).data<float>()], 256, [.. Enumerable.Range(0, 40).Select(i => i % 4)], [.. Enumerable.Range(0, 40).Select(i => (long)i)], 4);
        using var models = ModelStack.Initialize(NetworkSpec.ResNet9(new ImageShape(1, 16, 16), 2).CreateGraph(256, 4), [1, 2]);
        var context = new UnlearningContext { Models = models, Rows = rows };
        foreach (var (name, options) in Methods())
        {
            using var outcome = options.CreateUnlearner().Unlearn(new UnlearningRequest { ForgetRowIds = [1, 2, 7] }, context);

            for (int i = 0; i < models.Tensors.Count; i++)
            {
                Assert.AreEqual(!models.Graph.Parameters[i].IsTrainable, Bits.Of([models.Tensors[i]]) == Bits.Of([outcome.Models.Tensors[i]]), $"{name}: {models.Graph.Parameters[i].Name}");
            }
        }
    }

    [TestMethod]
    public void All_Run_ReportEveryEpochAndLeaveNoTensors()
    {
        using var scene = new UnlearningScene(models: 1);
        foreach (var (name, options) in Methods())
        {
            var progress = new ProgressCount();
            long left = LiveTensors.LeftBy(() => options.CreateUnlearner().Unlearn(scene.Request, scene.Context(null), progress).Dispose(), 2);

            Assert.AreEqual(3 * ((OptimizationOptions)options).Epochs, progress.Reports, name);
            Assert.AreEqual(0, left, name);
        }
    }

    [TestMethod]
    public void All_Cancelled_Stop()
    {
        using var scene = new UnlearningScene(models: 1);
        using var source = new CancellationTokenSource();
        source.Cancel();
        foreach (var (_, options) in Methods())
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => options.CreateUnlearner().Unlearn(scene.Request, scene.Context(null), null, source.Token));
        }
    }

    private static (string Name, IUnlearnerOptions Options)[] Methods() =>
    [
        .. new IUnlearnerOptions[]
        {
            new GradientDescentOptions { Epochs = 2, LearningRate = 0.01 },
            new GradientAscentOptions { Epochs = 2, LearningRate = 0.01 },
            new AscentDescentOptions { Epochs = 2, AscentEpochs = 1 },
            new ScrubOptions { Epochs = 2, ForgetEpochs = 1 },
        }.Select(options => (options.CreateUnlearner().Name, options)),
    ];

    private static NaiveFineTuning Naive(UnlearningScene scene) => new(scene.Rows, scene.Request.Resolve(scene.Rows), scene.Request.Seed);

    private static void Check(Network expected, ModelStack models, int model)
    {
        for (int i = 0; i < expected.Weights.Count; i++)
        {
            Closeness.Check(expected.Weights[i], models.Tensors[i][model], Tolerance, expected.Graph.Parameters[i].Name);
        }
    }
}
