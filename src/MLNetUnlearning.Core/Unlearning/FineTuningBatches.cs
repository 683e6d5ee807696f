using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>All models see the fine-tuning set in the same random order, drawn anew each epoch.</summary>
internal sealed class FineTuningBatches : IBatchSource
{
    private readonly FineTuningSet set;
    private readonly long[] keys;
    private readonly ulong seed;

    public FineTuningBatches(FineTuningSet set, ulong seed)
    {
        this.set = set;
        this.seed = seed;
        keys = [.. Enumerable.Range(0, set.Entries.Length).Select(i => (long)i)];
    }

    public int RowsOf(int model) => set.Entries.Length;

    public long[] Epoch(int model, int epoch) =>
        Array.ConvertAll(StableRandom.Order(keys, StableRandom.Mix(seed, StableRandom.FineTuning, (ulong)epoch)), entry => (long)set.Entries[entry]);
}
