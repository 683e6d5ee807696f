using System.Globalization;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Storage;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>
/// Trained models on disk, a chunk per file: a run that is killed goes on where it was, and a later run with more models adds to them. A model depends on its own seed and rows alone, so chunks
/// trained at different times fit together.
/// </summary>
internal sealed class ModelCache
{
    private readonly ComparisonSetting setting;
    private readonly Trainer trainer;
    private readonly string folder;

    /// <exception cref="InvalidDataException">The folder holds models of other settings.</exception>
    public ModelCache(ComparisonSetting setting, string root)
    {
        this.setting = setting;
        trainer = new Trainer(setting.Graph, setting.Training);
        folder = Path.Combine(root, setting.Name);
        var training = setting.Training;
        CacheManifest.Require(folder, new Dictionary<string, string>
        {
            ["rows"] = CacheManifest.Digest(setting.Train),
            ["network"] = setting.Graph.Spec.ToJson(),
            ["training"] = FormattableString.Invariant(
                $"{training.Epochs} epochs, batches of {training.BatchSize}, {training.Optimizer}, rate {training.LearningRate}, {training.Schedule}, warm-up {training.WarmupShare}, momentum {training.Momentum}, weight decay {training.WeightDecay}"),
            ["bank"] = Describe(setting.Bank),
            ["seed"] = setting.Seed.ToString(CultureInfo.InvariantCulture),
            ["chunk"] = setting.Chunk.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Folder of a request's models and results; refuses one that belongs to other rows.</summary>
    public string RequestFolder(string name, IReadOnlyList<long> forget)
    {
        string path = Path.Combine(folder, name);
        CacheManifest.Require(path, new Dictionary<string, string> { ["forget"] = string.Join(' ', forget) });
        return path;
    }

    /// <summary>Models trained on all rows.</summary>
    public ModelStack Students(int count) => Get(Path.Combine(folder, "students"), count, StableRandom.Students, []);

    /// <summary>Models trained without a request's rows.</summary>
    /// <param name="requestFolder">From <see cref="RequestFolder"/>.</param>
    /// <param name="forget">Ids of the rows.</param>
    /// <param name="count">How many.</param>
    /// <param name="heldOut">Whether these are the second set, which makes the floor.</param>
    public ModelStack Oracles(string requestFolder, IReadOnlyList<long> forget, int count, bool heldOut) =>
        Get(Path.Combine(requestFolder, heldOut ? "held-out" : "oracles"), count, heldOut ? StableRandom.HeldOutOracles : StableRandom.Oracles, forget);

    /// <summary>The plan of the first oracle, to train it again.</summary>
    public MemberPlan FirstOracle(IReadOnlyList<long> forget) => Plan(StableRandom.Oracles, 0, forget);

    /// <summary>A model bank.</summary>
    /// <param name="name">Its folder, which refuses another bank.</param>
    /// <param name="options">Members.</param>
    public ModelBank Bank(string name, ModelBankOptions options)
    {
        CacheManifest.Require(Path.Combine(folder, name), new Dictionary<string, string> { ["bank"] = Describe(options) });
        ulong seed = StableRandom.Mix(setting.Seed, StableRandom.Member);
        var plans = ModelBank.Plan(setting.Train, options, seed);
        int[] epochs = options.CheckpointEpochs(setting.Training.Epochs);
        var parts = Enumerable.Range(0, (plans.Length + setting.Chunk - 1) / setting.Chunk).Select(part => BankPart([.. plans.Skip(part * setting.Chunk).Take(setting.Chunk)], epochs, name, part)).ToArray();
        ModelStack Joined(Func<TrainedModels, ModelStack> of) => ModelStack.Concatenate([.. parts.Select(of)]);
        var models = new TrainedModels(Joined(part => part.Final), [.. epochs.Select((epoch, i) => (epoch, Joined(part => part.Checkpoints[i].Models)))]);
        foreach (var part in parts)
        {
            part.Dispose();
        }

        return new ModelBank(plans, options.FullMembers, models);
    }

    private TrainedModels BankPart(MemberPlan[] plans, int[] epochs, string name, int part)
    {
        string Named(string what) => Path.Combine(folder, name, FormattableString.Invariant($"{part:0000}-{what}.bin"));
        string final = Named("final");
        // The final models are written last: where they are, all are.
        if (!File.Exists(final))
        {
            using var models = trainer.Train(setting.Train, plans, epochs);
            foreach (var (epoch, stack) in models.Checkpoints)
            {
                AtomicFile.Write(Named($"epoch-{epoch}"), stream => StackFile.Write(stream, stack));
            }

            AtomicFile.Write(final, stream => StackFile.Write(stream, models.Final));
            Report(name, (part * setting.Chunk) + plans.Length);
        }

        return new TrainedModels(Read(final, plans.Length), [.. epochs.Select(epoch => (epoch, Read(Named($"epoch-{epoch}"), plans.Length)))]);
    }

    private ModelStack Get(string path, int count, ulong kind, IReadOnlyList<long> forget)
    {
        var chunks = new List<ModelStack>();
        for (int first = 0; first < count; first += setting.Chunk)
        {
            string file = Path.Combine(path, FormattableString.Invariant($"{first:0000}.bin"));
            if (!File.Exists(file))
            {
                int start = first;
                using var trained = trainer.Train(setting.Train, [.. Enumerable.Range(0, setting.Chunk).Select(i => Plan(kind, start + i, forget))]);
                AtomicFile.Write(file, stream => StackFile.Write(stream, trained.Final));
                Report(Path.GetRelativePath(folder, path), first + setting.Chunk);
            }

            chunks.Add(Read(file, setting.Chunk));
        }

        using var all = ModelStack.Concatenate(chunks);
        foreach (var chunk in chunks)
        {
            chunk.Dispose();
        }

        return all.Slice(0, count);
    }

    private MemberPlan Plan(ulong kind, int model, IReadOnlyList<long> forget) => new(StableRandom.Mix(setting.Seed, kind, (ulong)model), forget);

    private ModelStack Read(string file, int models)
    {
        using var stream = File.OpenRead(file);
        try
        {
            return StackFile.Read(stream, setting.Graph, models);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{file}' cannot be used: {e.Message} Delete it; it will be trained again.", e);
        }
    }

    private static string Describe(ModelBankOptions bank) =>
        FormattableString.Invariant($"{bank.FullMembers} full, {bank.Members} without up to {bank.DeletedShare}, checkpoints {string.Join(" ", bank.Checkpoints ?? ModelBankOptions.DefaultCheckpoints)}");

    private static void Report(string what, int models) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} trained {what}: {models} models");
}
