using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>One request: its oracles, the floor, and what a method makes of the students.</summary>
internal sealed class ComparedRequest : IDisposable
{
    private readonly MethodComparison comparison;
    private readonly string folder;
    private readonly ModelCache cache;
    private readonly ForgetSet request;
    private readonly int[][] sets;
    private readonly ModelStack oracles;
    private readonly float[,] oracleMargins;
    private readonly double oracleAccuracy;
    private readonly Lazy<RequestCost> retraining;

    public ComparedRequest(MethodComparison comparison, ModelCache cache, ForgetSet request)
    {
        (this.comparison, this.cache, this.request) = (comparison, cache, request);
        folder = cache.RequestFolder(request.Name, request.RowIds);
        sets = comparison.Panel.Sets(comparison.Setting.Train.IndexesOf(request.RowIds));
        oracles = cache.Oracles(folder, request.RowIds, comparison.Models, heldOut: false);
        (oracleMargins, oracleAccuracy) = comparison.Panel.Evaluate(oracles);
        retraining = new(MeasureRetraining);
    }

    /// <summary>Margins of all rows under the oracles [models, rows], and their accuracy.</summary>
    public (float[,] Margins, double Accuracy) Oracles => (oracleMargins, oracleAccuracy);

    /// <summary>The request as methods get it.</summary>
    public UnlearningRequest Request => new() { ForgetRowIds = request.RowIds, Seed = comparison.Setting.Seed };

    /// <summary>What retraining one model takes in this run.</summary>
    private RequestCost Retraining => retraining.Value;

    /// <summary>The floor: other oracles, against the oracles.</summary>
    public MethodResult Floor() => ResultCache<MethodResult>.Get(ResultFile(ComparedMethods.HeldOutOracles), Key(""), () =>
    {
        using var heldOut = cache.Oracles(folder, request.RowIds, comparison.Models, heldOut: true);
        var (margins, accuracy) = comparison.Panel.Evaluate(heldOut);
        return Grade(ComparedMethods.HeldOutOracles, "", margins, accuracy, Retraining, Retraining);
    });

    /// <summary>Runs a method on all students; of several settings the best counts.</summary>
    public MethodResult Run(ComparedMethod method) => Best(Floor(), [.. method.Variants.Select(variant => Run(method.Name, variant.Setting, variant.Options, method.Source))]);

    /// <summary>Runs one setting of a method on all students, or takes what an earlier run found.</summary>
    public MethodResult Run(string name, string setting, IUnlearnerOptions options, TargetSource source = TargetSource.Default)
    {
        string from = source == TargetSource.Default ? "" : $"{source.ToString().ToLowerInvariant()} ";
        if (source == TargetSource.Process)
        {
            // The one bank whose size the command line can set.
            string bank = FormattableString.Invariant($"bank of {comparison.Setting.ProcessBank!.FullMembers} + {comparison.Setting.ProcessBank.Members}");
            (from, setting) = ($"{from}{bank} ", $"{setting}, {bank}");
        }

        string key = $"{from}{options.GetType().Name} {JsonSerializer.Serialize(options, options.GetType())}";
        string file = ResultFile(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16]);
        return ResultCache<MethodResult>.Get(file, Key(key), () => Measure(name, setting, options, source)) with { Method = name, Setting = setting };
    }

    /// <summary>Everything that a method may need.</summary>
    /// <param name="unlearner">The method; attribution is fitted only for one that needs it.</param>
    /// <param name="students">The models to unlearn.</param>
    public UnlearningContext Context(IUnlearner unlearner, ModelStack students) => Context(unlearner, students, oracles, TargetSource.Default);

    public void Dispose() => oracles.Dispose();

    private UnlearningContext Context(IUnlearner unlearner, ModelStack students, ModelStack? teachers, TargetSource source) => new()
    {
        Models = students,
        Rows = comparison.Setting.Train,
        Trainer = comparison.Trainer,
        Attributor = unlearner.Needs.HasFlag(UnlearnerNeeds.Attribution) ? comparison.Attributor(source) : null,
        Oracles = teachers,
    };

    /// <summary>The setting with the lowest divergence on forget rows among those that keep retain rows within 1.5 times the floor; among all if none does.</summary>
    private static MethodResult Best(MethodResult floor, MethodResult[] results)
    {
        var harmless = results.Where(result => result.Klom.Retain.TimesFloor(floor.Klom.Retain) <= 1.5).ToArray();
        return (harmless.Length > 0 ? harmless : results).MinBy(result => result.Klom.Forget.P95)!;
    }

    private MethodResult Measure(string name, string setting, IUnlearnerOptions options, TargetSource source)
    {
        var unlearner = options.CreateUnlearner();
        using var outcome = unlearner.Unlearn(Request, Context(unlearner, comparison.Students, oracles, source));
        var (margins, accuracy) = comparison.Panel.Evaluate(outcome);
        return Grade(name, setting, margins, accuracy, options is DoNothingOptions ? new(0, 0) : MeasureOne(unlearner, source), Retraining);
    }

    /// <summary>One deployed model is unlearned on its own. Methods that match oracles have to train one.</summary>
    private RequestCost MeasureOne(IUnlearner unlearner, TargetSource source)
    {
        using var deployed = comparison.Students.Slice(0, 1);
        return RequestCost.Of(() =>
        {
            using var outcome = unlearner.Unlearn(Request, Context(unlearner, deployed, teachers: null, source));
            if (unlearner.PredictsOnly)
            {
                comparison.Panel.Evaluate(outcome);
            }
        });
    }

    /// <summary>Trains the first oracle again: its time is what all others are compared with, and its bits say whether the cache was made by this build.</summary>
    /// <exception cref="InvalidDataException">It was not.</exception>
    private RequestCost MeasureRetraining() => RequestCost.Of(() =>
    {
        using var again = comparison.Trainer.Train(comparison.Setting.Train, [cache.FirstOracle(request.RowIds)]);
        using var first = oracles.Slice(0, 1);
        if (!again.Final.Tensors.Zip(first.Tensors).All(pair => pair.First.equal(pair.Second).all().item<bool>()))
        {
            throw new InvalidDataException($"The models in '{folder}' come from another build or machine: training the first one again gives other weights. Delete the folder '{comparison.Setting.Name}' of the cache.");
        }
    });

    private MethodResult Grade(string name, string setting, float[,] margins, double accuracy, RequestCost cost, RequestCost retraining)
    {
        double[] divergences = Klom.PerRow(margins, oracleMargins);
        KlomSummary Summary(int set) => KlomSummary.Of([.. sets[set].Select(row => divergences[row])], comparison.Models);
        float[,] forget = RowPanel.Columns(margins, sets[0]), expected = RowPanel.Columns(oracleMargins, sets[0]);
        var interval = KlomBootstrap.Summarize(forget, expected, KlomVariant.Corrected, resamples: 100, confidence: 0.95, comparison.Setting.Seed, default);
        return new MethodResult(name, setting, new KlomBySet(interval, Summary(1), Summary(2)), ULira.ForRequest(forget, expected), accuracy, cost, retraining);
    }

    private string ResultFile(string method) => Path.Combine(folder, "results", $"{method}.json");

    private string Key(string settings) => $"{comparison.Models} models; {settings}";
}
