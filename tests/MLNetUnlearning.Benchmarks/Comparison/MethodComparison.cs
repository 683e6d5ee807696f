using System.Text.Json;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>What all requests of a setting share: the students, the bank with what is fitted on it, and the cache of both.</summary>
internal sealed class MethodComparison : IDisposable
{
    private readonly ModelCache cache;
    private readonly string root;
    private readonly Lazy<ModelBank> bank;
    private readonly Lazy<IFittedAttributor> attributor;
    private readonly Lazy<ModelBank> processBank;
    private readonly Lazy<IFittedAttributor> process;
    private readonly Lazy<IFittedAttributor> steps;
    private readonly Lazy<IFittedAttributor> paths;
    private readonly Lazy<ModelBank> unrolledBank;
    private readonly Lazy<IFittedAttributor> unrolled;
    private readonly Lazy<GaussNewtonStepOptions> step;
    private readonly Lazy<GaussNewtonStepOptions> path;
    private readonly Lazy<ModelStack> students;

    /// <exception cref="ArgumentException">The command line asks for a setting, request or method that is not there.</exception>
    /// <exception cref="InvalidDataException">The cache holds models of other settings.</exception>
    public MethodComparison(BenchmarkOptions options)
    {
        Setting = ComparisonSettings.Create(options);
        if (options.BankMembers is not null && Setting.ProcessBank is null)
        {
            throw new ArgumentException($"Setting '{Setting.Name}' has no bank for the process, whose size --bank could set. Leave --bank out.", nameof(options));
        }

        Models = options.Models ?? Setting.Models;
        Requests = [.. Chosen(options.Requests, [.. Setting.Requests.Select(request => request.Name)], "request").Select(name => Setting.Requests.Single(request => request.Name == name))];
        root = options.Cache;
        cache = new ModelCache(Setting, root);
        Trainer = new Trainer(Setting.Graph, Setting.Training);
        Panel = new RowPanel(Setting.Train, Setting.Test);
        bank = new(() => cache.Bank("bank", Setting.Bank));
        processBank = new(() => cache.Bank(options.BankMembers is { } members ? FormattableString.Invariant($"process-bank-{members}") : "process-bank", Setting.ProcessBank ?? throw new ArgumentException($"Setting '{Setting.Name}' has no bank for the process.", nameof(options))));
        attributor = new(() => new GaussNewtonInfluenceOptions { WeightDecay = Setting.Training.WeightDecay }.CreateAttributor().Fit(bank.Value, Setting.Train));
        process = new(() => TargetsSetting.UnrolledProcess().ForTraining(TrainingLoss.CrossEntropy, Setting.Training).CreateAttributor().Fit(processBank.Value, Setting.Train));
        step = new(() => Calibrate("step", new GaussNewtonStepCalibrationOptions { Step = OfTraining(new()) }));
        path = new(() => Calibrate("path", GaussNewtonStepCalibrationOptions.ForStages(OfTraining(Setting.Path))));
        steps = new(() => FiveMembers(step.Value).CreateAttributor().Fit(bank.Value, Setting.Train));
        paths = new(() => FiveMembers(path.Value).CreateAttributor().Fit(bank.Value, Setting.Train));
        var unrolling = new UnrolledInfluenceOptions { Training = Setting.Training };
        unrolledBank = new(() => cache.Bank("unrolled-bank", Setting.BankWith(unrolling.Checkpoints)));
        unrolled = new(() => unrolling.CreateAttributor().Fit(unrolledBank.Value, Setting.Train));
        students = new(() => cache.Students(Models));
    }

    public ComparisonSetting Setting { get; }

    /// <summary>Models of each kind (N).</summary>
    public int Models { get; }

    public IReadOnlyList<ForgetSet> Requests { get; }

    public Trainer Trainer { get; }

    public RowPanel Panel { get; }

    public ModelStack Students => students.Value;

    /// <summary>What predicts outputs.</summary>
    public IFittedAttributor Attributor(TargetSource source) => (source switch
    {
        TargetSource.Process => process,
        TargetSource.Steps => steps,
        TargetSource.Paths => paths,
        TargetSource.Unrolled => unrolled,
        _ => attributor,
    }).Value;

    /// <summary>The Gauss-Newton step, calibrated on the bank.</summary>
    public GaussNewtonStepOptions Step() => step.Value;

    /// <summary>The same in stages.</summary>
    public GaussNewtonStepOptions Path() => path.Value;

    /// <summary>Trains, or finds, the oracles of a request.</summary>
    public ComparedRequest Open(ForgetSet request) => new(this, cache, request);

    /// <summary>The names asked for, or all.</summary>
    /// <exception cref="ArgumentException">One is not there.</exception>
    public static IReadOnlyList<string> Chosen(IReadOnlyList<string> asked, IReadOnlyList<string> known, string what) =>
        asked.FirstOrDefault(name => !known.Contains(name)) is { } unknown
            ? throw new ArgumentException($"There is no {what} '{unknown}'; there are {string.Join(", ", known)}.")
            : [.. known.Where(name => asked.Count == 0 || asked.Contains(name))];

    public void Dispose()
    {
        Panel.Dispose();
        Release(attributor);
        Release(process);
        Release(steps);
        Release(paths);
        Release(unrolled);
        Release(unrolledBank);
        Release(processBank);
        Release(students);
        Release(bank);
    }

    private GaussNewtonStepOptions Calibrate(string name, GaussNewtonStepCalibrationOptions options) => ResultCache<GaussNewtonStepOptions>.Get(
        System.IO.Path.Combine(root, Setting.Name, $"{name}.json"), JsonSerializer.Serialize(options), () => new GaussNewtonStepCalibration(options).Calibrate(bank.Value, Setting.Train).Chosen);

    private GaussNewtonStepOptions OfTraining(GaussNewtonStepOptions options)
    {
        options.WeightDecay = Setting.Training.WeightDecay;
        return options;
    }

    private static GaussNewtonInfluenceOptions FiveMembers(GaussNewtonStepOptions step)
    {
        var options = GaussNewtonInfluenceOptions.OfSteps(step);
        options.MaxMembers = 5;
        return options;
    }

    private static void Release<T>(Lazy<T> value)
        where T : IDisposable
    {
        if (value.IsValueCreated)
        {
            value.Value.Dispose();
        }
    }
}
