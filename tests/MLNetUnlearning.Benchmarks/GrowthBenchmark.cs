using System.Diagnostics;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Benchmarks.Comparison;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// How the Gaussian process over deletions gains from a larger bank, and what it loses when the bank's members stop early: the digits requests of the targets benchmark, whose truth is
/// trained once for all banks. A smaller bank is the beginning of the largest. With unrolled influence in its mean it follows whole trainings, so that no member stops early.
/// </summary>
internal static class GrowthBenchmark
{
    /// <summary>Members that lack rows, and the share of the training after which all members of the bank stop.</summary>
    private static readonly (int Members, double Epochs)[] Banks = [(600, 1), (1000, 1), (300, 1), (150, 1), (50, 1), (300, 0.75), (300, 0.5)];

    /// <summary>Those of the process with unrolled influence in its mean.</summary>
    private static readonly (int Members, double Epochs)[] UnrolledBanks = [(600, 1), (150, 1), (50, 1)];

    /// <param name="options">Whether the mean is <c>projected</c> or <c>unrolled</c> (<c>--methods</c>); projected if none is named.</param>
    /// <exception cref="ArgumentException">Another is named.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        string mean = MethodComparison.Chosen(options.Methods, ["projected", "unrolled"], "mean")[0];
        bool quick = options.Quick;
        using var noGrad = no_grad();
        var setting = TargetsSetting.Digits(quick);
        var train = setting.Train;
        var all = cat([train.Features, setting.Test.Features]);
        long?[] ids = [.. train.RowIds.Select(id => (long?)id), .. Enumerable.Repeat((long?)null, setting.Test.Count)];
        var trainer = new Trainer(setting.Graph, setting.Training);
        var process = (DeletionGaussianProcessOptions)(mean == "unrolled" ? TargetsSetting.UnrolledProcess() : new DeletionGaussianProcessOptions()).ForTraining(TrainingLoss.CrossEntropy, setting.Training);
        (int Members, double Epochs)[] banks = (quick, mean) switch
        {
            (true, "unrolled") => [(20, 1)],
            (true, _) => [(40, 1), (20, 0.5)],
            (_, "unrolled") => UnrolledBanks,
            _ => Banks,
        };
        var bankOptions = new ModelBankOptions { FullMembers = setting.Bank.FullMembers, Members = banks.Max(bank => bank.Item1), Checkpoints = process.Checkpoints };
        using var largest = ModelBank.Train(trainer, train, bankOptions, setting.Training.Epochs, StableRandom.Mix(setting.Seed, 1));
        var requests = Requests(setting, trainer, all).ToArray();
        foreach (var (members, share) in banks)
        {
            using var bank = Beginning(largest, members, (int)Math.Round(share * setting.Training.Epochs), setting.Training.Epochs);
            var clock = Stopwatch.StartNew();
            using var attribution = new DeletionGaussianProcess(process).Fit(bank, train);
            double fitSeconds = clock.Elapsed.TotalSeconds;
            var coverage = new IntervalCoverage($"the process, {mean} mean");
            foreach (var (name, forget, truth) in requests)
            {
                using var scope = NewDisposeScope();
                using var change = attribution.Predict(new AttributionRequest { Rows = train, ForgetRowIds = forget, Targets = all, TargetRowIds = ids });
                int[] leaving = train.IndexesOf(forget);
                var sets = new Dictionary<string, IReadOnlyList<int>> { ["forget"] = leaving, ["all"] = [.. Enumerable.Range(0, truth.Count)] };
                var error = TargetError.BySet(change.Values, truth, sets);
                yield return new Dictionary<string, object?>
                {
                    ["dataset"] = setting.Name,
                    ["forgetSet"] = name,
                    ["estimator"] = $"the process, {mean} mean",
                    ["bankMembers"] = members,
                    ["epochsShare"] = share,
                    ["r2Forget"] = error["forget"].R2,
                    ["r2All"] = error["all"].R2,
                    ["ceilingForget"] = error["forget"].Ceiling,
                    ["bestMultiplier"] = error["forget"].Multiplier,
                    ["coverage"] = change.Coverage,
                    ["interval90Forget"] = coverage.Add(change, truth, leaving),
                    ["fitSeconds"] = fitSeconds,
                };
            }

            foreach (var row in coverage.Rows(setting.Name))
            {
                yield return new Dictionary<string, object?>(row) { ["bankMembers"] = members, ["epochsShare"] = share };
            }
        }

        foreach (var (_, _, truth) in requests)
        {
            truth.Dispose();
        }
    }

    private static IEnumerable<(string Name, IReadOnlyList<long> Forget, TrueChange Truth)> Requests(TargetsSetting setting, Trainer trainer, Tensor all)
    {
        MemberPlan[] seeds = [.. Enumerable.Range(0, setting.TruthModels).Select(i => MemberPlan.Full(StableRandom.Mix(setting.Seed, 2, (ulong)i)))];
        Tensor Outputs(IReadOnlyList<MemberPlan> plans)
        {
            using var models = trainer.Train(setting.Train, plans);
            return models.Final.Logits(all);
        }

        using var full = Outputs(seeds);
        foreach (var (name, forget) in setting.Requests())
        {
            using var oracles = Outputs([.. seeds.Select(seed => seed with { ExcludedRowIds = forget })]);
            yield return (name, forget, TrueChange.FromPairs(oracles, full));
        }
    }

    /// <summary>A bank of the first members, as they were after some epochs.</summary>
    private static ModelBank Beginning(ModelBank bank, int members, int epochs, int all)
    {
        int count = bank.FullMembers + members;
        var kept = bank.Models.Checkpoints.Where(checkpoint => checkpoint.Epoch <= epochs).Select(checkpoint => (checkpoint.Epoch, checkpoint.Models.Slice(0, count))).ToArray();
        var final = epochs == all ? bank.Models.Final.Slice(0, count).Clone()
            : kept.Length > 0 && kept[^1].Epoch == epochs ? kept[^1].Item2.Clone()
            : throw new InvalidOperationException($"The bank keeps no models of epoch {epochs}.");
        return new ModelBank([.. bank.Members.Take(count)], bank.FullMembers, new TrainedModels(final, kept));
    }
}
