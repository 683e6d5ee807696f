using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Models trained per minute: one TorchSharp module after the other, and many in one batched graph.</summary>
internal static class BankBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(bool quick)
    {
        var (train, test) = DigitsData.Load();
        using (train)
        using (test)
        {
            var graph = NetworkSpec.Mlp(64, 64).CreateGraph(64, 10);
            var options = new TrainerOptions();
            int single = quick ? 3 : 10, batched = quick ? 40 : 100;
            MemberPlan[] members = [.. Enumerable.Range(0, batched).Select(i => MemberPlan.Full((ulong)i))];
            var trainer = new Trainer(graph, options);
            int allThreads = get_num_threads();
            void Modules(int threads)
            {
                set_num_threads(threads);
                for (int i = 0; i < single; i++)
                {
                    TrainModule(graph, train, options, (ulong)i);
                }

                set_num_threads(allThreads);
            }

            double[] seconds = Timing.Medians(quick ? 1 : 5, () => Modules(1), () => Modules(allThreads), () => trainer.Train(train, members).Dispose());
            yield return Row("one-at-a-time, 1 thread", single, seconds[0]);
            yield return Row($"one-at-a-time, {allThreads} threads", single, seconds[1]);
            var batchedRow = Row("batched", batched, seconds[2]);
            batchedRow["timesFasterOneAtATime"] = batched / seconds[2] / (single / Math.Min(seconds[0], seconds[1]));
            yield return batchedRow;
        }
    }

    private static Dictionary<string, object?> Row(string mode, int models, double seconds) =>
        new() { ["network"] = "mlp 64-64-64-10, digits", ["mode"] = mode, ["models"] = models, ["modelsPerMinute"] = 60 * models / seconds };

    /// <summary>A plain TorchSharp training loop: module, optimiser and loss from the library.</summary>
    private static void TrainModule(NetworkGraph graph, LabeledRows rows, TrainerOptions options, ulong seed)
    {
        using var stack = ModelStack.Initialize(graph, [seed]);
        using var network = stack.ToNetwork();
        network.train();
        using var optimizer = optim.SGD(network.parameters(), options.LearningRate, options.Momentum, weight_decay: options.WeightDecay);
        using var generator = new Generator(seed);
        for (int epoch = 0; epoch < options.Epochs; epoch++)
        {
            using var epochScope = NewDisposeScope();
            var order = randperm(rows.Count, generator: generator);
            for (int start = 0; start < rows.Count; start += options.BatchSize)
            {
                using var scope = NewDisposeScope();
                var batch = order.slice(0, start, Math.Min(start + options.BatchSize, rows.Count), 1);
                optimizer.zero_grad();
                var loss = nn.functional.cross_entropy(network.forward(rows.Features.index_select(0, batch)), rows.Labels.index_select(0, batch));
                loss.backward();
                optimizer.step();
            }
        }
    }
}
