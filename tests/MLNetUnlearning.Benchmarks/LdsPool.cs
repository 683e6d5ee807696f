using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Benchmarks;

/// <summary>Models that attribution averages over, and what they cost.</summary>
/// <param name="Name">What they are, for the report.</param>
/// <param name="Bank">The models with their checkpoints.</param>
/// <param name="CostPerMember">Training cost of one, in row passes, as a share of one full training.</param>
internal sealed record LdsPool(string Name, ModelBank Bank, double CostPerMember) : IDisposable
{
    private const ulong FullSeed = 1, HalfSeed = 2;

    /// <summary>Members trained on all rows on a schedule of so many epochs.</summary>
    public static LdsPool Full(LdsSetting setting, int members, int epochs, int[] checkpoints)
    {
        MemberPlan[] plans = [.. Enumerable.Range(0, members).Select(i => MemberPlan.Full(StableRandom.Mix(setting.Seed, StableRandom.Member, FullSeed, (ulong)epochs, (ulong)i)))];
        return Train(setting, epochs == setting.Epochs ? "full" : $"full-{epochs}-epochs", plans, members, epochs, checkpoints, 1);
    }

    /// <summary>Members trained on a random half of the rows each, as the models are whose outcomes are predicted.</summary>
    public static LdsPool Half(LdsSetting setting, int members, int epochs, int[] checkpoints)
    {
        var plan = DeletionPlan.Random(setting.Train, members, 0.5, StableRandom.Mix(setting.Seed, StableRandom.Plan, HalfSeed));
        MemberPlan[] plans = [.. plan.Members.Select((ids, i) => new MemberPlan(StableRandom.Mix(setting.Seed, StableRandom.Member, HalfSeed, (ulong)i), ids))];
        return Train(setting, $"half-{epochs}-epochs", plans, 0, epochs, checkpoints, 0.5);
    }

    /// <summary>Networks as they are before training.</summary>
    public static LdsPool Untrained(LdsSetting setting, int members)
    {
        MemberPlan[] plans = [.. Enumerable.Range(0, members).Select(i => MemberPlan.Full((ulong)i))];
        var initial = ModelStack.Initialize(setting.Graph, [.. plans.Select(plan => plan.Seed)]);
        return new("untrained", new ModelBank(plans, members, new TrainedModels(initial, [(0, initial.Clone())])), 0);
    }

    public void Dispose() => Bank.Dispose();

    private static LdsPool Train(LdsSetting setting, string name, MemberPlan[] plans, int full, int epochs, int[] checkpoints, double share) =>
        new(name, new ModelBank(plans, full, setting.Trainer(epochs).Train(setting.Train, plans, checkpoints)), share * epochs / setting.Epochs);
}
