using System.Diagnostics;
using System.Text.Json;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using static TorchSharp.torch;

namespace MLNetUnlearning.Benchmarks;

/// <summary>
/// How well predicted changes of logits match those of models really retrained: every request is trained for anew and takes no part in calibration. Oracles and
/// full models share seeds in pairs, so that the truth's own noise, and with it the ceiling of R², is as small as the number of models allows.
/// </summary>
internal static class TargetsBenchmark
{
    /// <param name="options">Estimators to run by name (<c>--methods</c>) and requests to run them on (<c>--requests</c>); all if none is named.</param>
    /// <exception cref="ArgumentException">A request named is not there.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(BenchmarkOptions options)
    {
        var settings = new[] { TargetsSetting.Digits(options.Quick, bankMembers: options.BankMembers), options.Quick ? null : TargetsSetting.FashionMnist(options.BankMembers) }.OfType<TargetsSetting>().ToArray();
        var rows = settings.SelectMany(setting => Run(setting, options));
        string[] known = [.. settings.SelectMany(setting => setting.Requests()).Select(request => request.Name)];
        if (options.Requests.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new ArgumentException($"There is no request '{unknown}'; there are {string.Join(", ", known)}.", nameof(options));
        }

        return settings.Length == 2 || options.Quick ? rows : rows.Concat(WithoutFashionMnist());
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> WithoutFashionMnist() =>
        [new Dictionary<string, object?> { ["dataset"] = "fashion-mnist", ["r2Forget"] = null, ["reason"] = "The data is not there; set MLNETUNLEARNING_DATA." }];

    private static IEnumerable<IReadOnlyDictionary<string, object?>> Run(TargetsSetting setting, BenchmarkOptions wanted)
    {
        bool Wanted(string name) => wanted.Methods.Count == 0 || wanted.Methods.Contains(name);
        var requests = setting.Requests().Where(request => wanted.Requests.Count == 0 || wanted.Requests.Contains(request.Name)).ToArray();
        var estimators = setting.Estimators.Where(options => Wanted(NameOf(options))).ToArray();
        var steps = setting.StepMembers.SelectMany(members => new[] { (InStages: false, Members: members), (InStages: true, Members: members) }).Where(one => Wanted(StepsOf(one.InStages, one.Members))).ToArray();
        if (estimators.Length + steps.Length == 0 || requests.Length == 0)
        {
            yield break;
        }

        using var noGrad = no_grad();
        var train = setting.Train;
        var all = cat([train.Features, setting.Test.Features]);
        long?[] ids = [.. train.RowIds.Select(id => (long?)id), .. Enumerable.Repeat((long?)null, setting.Test.Count)];
        var trainer = new Trainer(setting.Graph, setting.Training);
        MemberPlan[] seeds = [.. Enumerable.Range(0, setting.TruthModels).Select(i => MemberPlan.Full(StableRandom.Mix(setting.Seed, 2, (ulong)i)))];
        Tensor Outputs(IReadOnlyList<MemberPlan> plans)
        {
            using var models = trainer.Train(train, plans);
            return models.Final.Logits(all);
        }

        Lazy<ModelBank> Trained(ModelBankOptions options) => new(() => ModelBank.Train(trainer, train, options, setting.Training.Epochs, StableRandom.Mix(setting.Seed, 1)));
        var early = new UnrolledInfluenceOptions().Checkpoints;
        // Unrolled influence by itself has a bank of the library's default size; banks that keep weights from early in the training are apart, because other estimators average over all that are kept.
        Lazy<ModelBank> bank = Trained(setting.Bank), defaultBank = Trained(new() { Checkpoints = early }), earlyBank = Trained(setting.BankWith(early));
        ModelBank BankOf(IAttributorOptions options) => (options is UnrolledInfluenceOptions ? defaultBank : options.Checkpoints.SequenceEqual(early) ? earlyBank : bank).Value;
        var fitted = estimators
            .Select(options => (Name: NameOf(options), Options: options.ForTraining(TrainingLoss.CrossEntropy, setting.Training)))
            .Select(one => (one.Name, Settings: Serialized(one.Options), Fitted: one.Options.CreateAttributor().Fit(BankOf(one.Options), train))).Concat(Steps(setting, bank, steps)).ToArray();
        var clock = Stopwatch.StartNew();
        var full = Outputs(seeds);
        // Workers train side by side, so this is the time that one model takes of one core.
        double retraining = clock.Elapsed.TotalSeconds * Math.Min(Environment.ProcessorCount, seeds.Length) / seeds.Length;
        foreach (var (name, _, attribution) in fitted)
        {
            if (attribution is not FittedDeletionGaussianProcess process)
            {
                continue;
            }

            yield return new Dictionary<string, object?>
            {
                ["dataset"] = setting.Name,
                ["forgetSet"] = "bank, held out",
                ["estimator"] = $"mean of {name}",
                ["r2Forget"] = process.Report.HeldOutR2Leaving,
                ["r2Retain"] = process.Report.HeldOutR2Staying,
                ["lengthScale"] = process.LengthScale,
                ["noiseLevel"] = process.NoiseLevel,
            };
        }

        var coverage = new Dictionary<string, IntervalCoverage>();
        var summary = new TargetsSummary();
        foreach (var (name, forget) in requests)
        {
            using var scope = NewDisposeScope();
            var oracles = Outputs([.. seeds.Select(seed => seed with { ExcludedRowIds = forget })]);
            using var truth = TrueChange.FromPairs(oracles, full);
            int[] leaving = train.IndexesOf(forget);
            var sets = new Dictionary<string, IReadOnlyList<int>>
            {
                ["forget"] = leaving,
                ["retain"] = [.. Enumerable.Range(0, train.Count).Except(leaving)],
                ["validation"] = [.. Enumerable.Range(train.Count, setting.Test.Count)],
                ["all"] = [.. Enumerable.Range(0, train.Count + setting.Test.Count)],
            };
            foreach (var (estimator, settings, attribution) in fitted)
            {
                clock.Restart();
                using var change = attribution.Predict(new AttributionRequest { Rows = train, ForgetRowIds = forget, Targets = all, TargetRowIds = ids });
                double seconds = clock.Elapsed.TotalSeconds;
                var error = TargetError.BySet(change.Values, truth, sets);
                summary.Add(estimator, name, error["forget"], error["all"], change.Coverage);
                double? inside = null;
                if (change.Variance is not null)
                {
                    coverage.TryAdd(estimator, new IntervalCoverage(estimator));
                    inside = coverage[estimator].Add(change, truth, leaving);
                }

                yield return new Dictionary<string, object?>
                {
                    ["dataset"] = setting.Name,
                    ["forgetSet"] = name,
                    ["estimator"] = estimator,
                    ["settings"] = settings,
                    ["r2Forget"] = error["forget"].R2,
                    ["r2All"] = error["all"].R2,
                    ["r2Retain"] = error["retain"].R2,
                    ["r2Validation"] = error["validation"].R2,
                    ["ceilingForget"] = error["forget"].Ceiling,
                    ["ceilingAll"] = error["all"].Ceiling,
                    ["shareOfCeilingForget"] = error["forget"].ShareOfCeiling,
                    ["shareOfCeilingAll"] = error["all"].ShareOfCeiling,
                    ["correlation"] = error["forget"].Correlation,
                    ["bestMultiplier"] = error["forget"].Multiplier,
                    ["coverage"] = change.Coverage,
                    ["interval90Forget"] = inside,
                    ["bankMembers"] = setting.Bank.Members,
                    ["attributionSeconds"] = seconds,
                    ["retrainingSeconds"] = retraining,
                };
            }
        }

        foreach (var row in summary.Rows(setting.Name).Concat(coverage.Values.SelectMany(one => one.Rows(setting.Name))))
        {
            yield return row;
        }

        foreach (var (_, _, attribution) in fitted)
        {
            attribution.Dispose();
        }

        foreach (var trained in new[] { bank, defaultBank, earlyBank }.Where(one => one.IsValueCreated))
        {
            trained.Value.Dispose();
        }
    }

    /// <summary>The name of an estimator here, which tells the process with the unrolled mean from that with the projected one.</summary>
    private static string NameOf(IAttributorOptions options) =>
        options.CreateAttributor().Name + (options is DeletionGaussianProcessOptions { Mean.Unrolled: not null } ? "-unrolled" : "");

    private static string StepsOf(bool inStages, int members) => $"gauss-newton-{(inStages ? "paths" : "steps")}-{members}";

    private static string Serialized(IAttributorOptions options) => JsonSerializer.Serialize(options, options.GetType());

    /// <summary>The mean of several members' steps, in one stage or several, each kind calibrated once on the bank's own deletions.</summary>
    private static IEnumerable<(string Name, string Settings, IFittedAttributor Fitted)> Steps(TargetsSetting setting, Lazy<ModelBank> trained, (bool InStages, int Members)[] wanted)
    {
        return wanted.GroupBy(one => one.InStages).SelectMany(kind =>
        {
            var bank = trained.Value;
            // Steps are calibrated and taken at the end of training, whatever checkpoints other estimators read.
            var final = new ModelBank(bank.Members, bank.FullMembers, new TrainedModels(bank.Models.Final, [(setting.Training.Epochs, bank.Models.Final)]));
            var calibration = kind.Key ? GaussNewtonStepCalibrationOptions.ForStages(setting.Path) : new GaussNewtonStepCalibrationOptions();
            var step = new GaussNewtonStepCalibration(calibration).Calibrate(bank, setting.Train).Chosen;
            return kind.Select(one =>
            {
                var options = GaussNewtonInfluenceOptions.OfSteps(step);
                options.MaxMembers = one.Members;
                return (StepsOf(one.InStages, one.Members), Serialized(options), options.CreateAttributor().Fit(final, setting.Train));
            });
        });
    }
}
