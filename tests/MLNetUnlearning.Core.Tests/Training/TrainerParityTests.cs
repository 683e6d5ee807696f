using MLNetUnlearning.Core.Tests.Networks;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Training;

/// <summary>
/// The trainer against a loop that anyone would write with TorchSharp's modules, autograd, cross-entropy and optimisers, from the same initial
/// weights and over the same batches (100 rows in batches of 32, so the last is short). Tolerance 2e-5 for SGD: weights of order 0.1 after 8 steps
/// whose sums run in another order. 2e-4 for Adam: it divides by the root of tiny second moments, which amplifies rounding; one step moves a weight by 1e-2.
/// </summary>
[TestClass]
public sealed class TrainerParityTests
{
    private const ulong Seed = 11;

    private static IEnumerable<(NetworkGraph, OptimizerKind, double Decay, double Tolerance)> Cases =>
    [
        (Runs.Mlp, OptimizerKind.Sgd, 0, 2e-5),
        (Runs.Mlp, OptimizerKind.Sgd, 5e-2, 2e-5),
        (Runs.Cnn, OptimizerKind.Sgd, 5e-2, 2e-5),
        (Runs.Mlp, OptimizerKind.Adam, 0, 2e-4),
        (Runs.Mlp, OptimizerKind.Adam, 5e-2, 2e-4),
        (Runs.Cnn, OptimizerKind.Adam, 5e-2, 2e-4),
    ];

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Train_TwoEpochs_MatchesAPlainLoop(NetworkGraph graph, OptimizerKind optimizer, double decay, double tolerance)
    {
        using var scope = NewDisposeScope();
        var options = Runs.Options(o => (o.Epochs, o.Optimizer, o.WeightDecay, o.LearningRate) = (2, optimizer, decay, optimizer == OptimizerKind.Adam ? 0.01 : 0.1));
        using var rows = Digits.Train(100);
        var member = new MemberPlan(Seed, [rows.RowIds[4]]);
        using var trained = Runs.Train(graph, rows, [member, MemberPlan.Full(Seed + 1)], options);

        var module = Plain(graph);
        PlainLoop(module, rows, member, options);

        float moved = 0;
        using var initial = Network.Create(graph.Spec, Digits.Pixels, Digits.Classes, Seed);
        foreach (var (((expected, actual), start), parameter) in module.parameters().Zip(trained.Member(0)).Zip(initial.Weights).Zip(graph.Parameters))
        {
            Closeness.Check(expected, actual, tolerance, parameter.Name);
            moved = Math.Max(moved, start.detach().sub(actual).abs().max().item<float>());
        }

        Assert.IsGreaterThan(100 * tolerance, moved, "Training must move the weights by far more than the tolerance.");
    }

    private static Sequential Plain(NetworkGraph graph)
    {
        using var network = Network.Create(graph.Spec, Digits.Pixels, Digits.Classes, Seed);
        var module = graph.Spec.Kind == NetworkKind.Mlp
            ? nn.Sequential(nn.Linear(Digits.Pixels, 16), nn.ReLU(), nn.Linear(16, Digits.Classes))
            : PlainModules.SmallCnn(8, 4, 6, 12, Digits.Classes);
        PlainModules.CopyWeights(network, module);
        return module;
    }

    private static void PlainLoop(Sequential module, LabeledRows rows, MemberPlan member, TrainerOptions options)
    {
        var batches = new TrainingBatches(rows, [member]);
        optim.Optimizer optimizer = options.Optimizer == OptimizerKind.Adam
            ? optim.Adam(module.parameters(), 1, weight_decay: options.WeightDecay)
            : optim.SGD(module.parameters(), 1, options.Momentum, weight_decay: options.WeightDecay);
        long[][] steps = [.. Enumerable.Range(0, options.Epochs).SelectMany(epoch => batches.Epoch(0, epoch).Chunk(options.BatchSize))];
        for (int step = 0; step < steps.Length; step++)
        {
            // Up over the first fifth of the steps, down over the rest, taken at the middle of the step.
            double at = (step + 0.5) / steps.Length;
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = options.LearningRate * (at < 0.2 ? at / 0.2 : (1 - at) / 0.8);
            }

            optimizer.zero_grad();
            var index = tensor(steps[step]);
            nn.functional.cross_entropy(module.call(rows.Features.index_select(0, index)), rows.Labels.index_select(0, index)).backward();
            optimizer.step();
        }
    }
}
