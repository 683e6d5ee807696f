using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// What a deletion request costs, attribution and fine-tuning apart, as a share of one retraining of the deployed network. A retraining uses one core and the attribution all of
/// them, so shares are given of the time that passes and of processor time.
/// </summary>
internal static class DeletionBenchmark
{
    /// <summary>Members are trained for so many epochs only: what a request costs does not depend on how good they are.</summary>
    private const int BankEpochs = 4;

    /// <summary>The curvature floor of the variants that have one.</summary>
    private const double Floor = 0.001;

    /// <param name="options">Variants to run by name (<c>--methods</c>); all if none is named.</param>
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        int largest = options.Quick ? 1_000 : 10_000;
        if (FashionMnistData.Load(largest, 1) is not var (all, _))
        {
            return [new Dictionary<string, object?> { ["dataset"] = "fashion-mnist", ["attributionShareOfRetrain"] = null, ["reason"] = "The data is not there; set MLNETUNLEARNING_DATA." }];
        }

        int[] sizes = options.Quick ? [largest] : [largest, 2_500];
        return Networks().SelectMany(network => sizes.SelectMany(size => Run(network.Name, network.Graph, all.Select([.. Enumerable.Range(0, size)]), size == largest, options)));
    }

    private static IEnumerable<(string Name, NetworkGraph Graph)> Networks() =>
    [
        ("small cnn", NetworkSpec.SmallCnn(new ImageShape(1, 28, 28)).CreateGraph(784, 10)),
        ("mlp 784-128-64-10", NetworkSpec.Mlp(128, 64).CreateGraph(784, 10)),
    ];

    private static IEnumerable<IReadOnlyDictionary<string, object?>> Run(string network, NetworkGraph graph, LabeledRows rows, bool isLargest, BenchmarkOptions options)
    {
        using var noGrad = no_grad();
        var training = new TrainerOptions { LearningRate = 0.05, Epochs = 10, BatchSize = 100 };
        int members = options.Quick ? 4 : 20;
        var variants = Variants(members, options.Quick ? 2 : 5, isLargest && !options.Quick).Where(variant => options.Methods.Count == 0 || options.Methods.Contains(variant.Name)).ToArray();
        if (variants.Length == 0)
        {
            yield break;
        }

        var clock = Stopwatch.StartNew();
        var bankTrainer = new Trainer(graph, new TrainerOptions { LearningRate = 0.05, Epochs = BankEpochs, BatchSize = 100 });
        using var bank = ModelBank.Train(bankTrainer, rows, new ModelBankOptions { Members = 0, FullMembers = members }, BankEpochs, seed: 1);
        double bankSeconds = clock.Elapsed.TotalSeconds;
        string folder = Directory.CreateTempSubdirectory("deletion-").FullName;
        try
        {
            // One variant at a time, because the memory of all together would not fit everywhere.
            foreach (var variant in variants)
            {
                foreach (var row in Requests(network, new Trainer(graph, training), rows, variant, variant.Fit(bank, rows, folder), options.Quick))
                {
                    row["bankSeconds"] = bankSeconds;
                    row["bankEpochs"] = BankEpochs;
                    yield return row;
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a request costs as it comes and with each thing that makes it cheaper; of fewer members; at more checkpoints.</summary>
    private static DeletionVariant[] Variants(int members, int few, bool isComplete)
    {
        DeletionVariant[] always =
        [
            new("default", members),
            new("floor", members) { CurvatureFloor = Floor },
            new("floor-disk", members) { CurvatureFloor = Floor, CacheBytes = 1L << 30, OnDisk = true },
            new("floor-disk-all", members) { CurvatureFloor = Floor, CacheBytes = 4L << 30, OnDisk = true },
            new("floor-disk-few", few) { CurvatureFloor = Floor, CacheBytes = 1L << 30, OnDisk = true },
        ];
        return isComplete
            ? [.. always, new("memory-all", members) { CacheBytes = 4L << 30 }, new("floor-disk-3", members) { CurvatureFloor = Floor, CacheBytes = 3L << 30, OnDisk = true, Checkpoints = 3 }]
            : always;
    }

    private static IEnumerable<Dictionary<string, object?>> Requests(string network, Trainer trainer, LabeledRows rows, DeletionVariant variant, (FittedGaussNewtonInfluence Attributor, double Seconds) fitted, bool quick)
    {
        int[] counts = quick ? [10, 100] : [10, 100, 500];
        var requests = counts.Select(count => ForgetSets.Random(rows, count, 1)).ToArray();
        using var attributor = new MeteredAttributor(fitted.Attributor);
        var retraining = new List<(double Seconds, double Processor)>();
        var spent = counts.Select(_ => new List<(double Attribution, double Processor, double FineTuning)>()).ToArray();
        for (int round = 0; round < (quick ? 1 : 3); round++)
        {
            var clock = Stopwatch.StartNew();
            TrainedModels? retrained = null;
            double processor = MeteredAttributor.Measure(() => retrained = trainer.Train(rows, [MemberPlan.Full(7) with { ExcludedRowIds = requests[0] }]));
            retraining.Add((clock.Elapsed.TotalSeconds, processor));
            using var deployed = retrained!;
            for (int i = 0; i < requests.Length; i++)
            {
                var context = new UnlearningContext { Models = deployed.Final, Rows = rows, Attributor = attributor };
                var outcome = new DatamodelMatching(new DatamodelMatchingOptions()).Unlearn(new UnlearningRequest { ForgetRowIds = requests[i] }, context);
                outcome.Models.Dispose();
                spent[i].Add((outcome.AttributionTime.TotalSeconds, attributor.ProcessorSeconds, outcome.FineTuningTime.TotalSeconds));
            }
        }

        double retrain = Median(retraining.Select(time => time.Seconds)), retrainProcessor = Median(retraining.Select(time => time.Processor));
        for (int i = 0; i < counts.Length; i++)
        {
            double attribution = Median(spent[i].Select(time => time.Attribution));
            double fineTuning = Median(spent[i].Select(time => time.FineTuning));
            yield return new()
            {
                ["dataset"] = "fashion-mnist",
                ["network"] = network,
                ["forget"] = counts[i],
                ["n"] = rows.Count,
                ["variant"] = variant.Name,
                ["members"] = variant.Members,
                ["checkpoints"] = variant.Checkpoints,
                ["attributionShareOfRetrain"] = attribution / retrain,
                ["fineTuneShareOfRetrain"] = fineTuning / retrain,
                ["attributionProcessorShareOfRetrain"] = Median(spent[i].Select(time => time.Processor)) / retrainProcessor,
                ["curvatureFloor"] = variant.CurvatureFloor,
                ["megabytes"] = fitted.Attributor.Bytes / 1e6,
                ["diskMegabytes"] = fitted.Attributor.DiskBytes / 1e6,
                ["poolRows"] = fitted.Attributor.Pool.RowIds.Count,
                ["seconds"] = attribution,
                ["fineTuneSeconds"] = fineTuning,
                ["retrainSeconds"] = retrain,
                ["fitSeconds"] = fitted.Seconds,
            };
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
