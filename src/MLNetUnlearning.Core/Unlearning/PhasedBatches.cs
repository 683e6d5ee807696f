using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// All epochs of a run as one long one, the same for all models: in each epoch first the forget rows, if it has a forget phase, then the retain rows, if they take part. Each
/// phase draws its order anew. As one epoch, because epochs with and without a forget phase differ in length, and the optimiser's momentum carries over.
/// </summary>
internal sealed class PhasedBatches : IBatchSource
{
    private readonly long[] entries;
    private readonly int[] firstSteps;

    /// <param name="rows">All training rows.</param>
    /// <param name="forget">Positions of the rows to forget.</param>
    /// <param name="plan">Epochs, phases and batch sizes.</param>
    /// <param name="seed">Fixes the orders, together with the row ids.</param>
    public PhasedBatches(LabeledRows rows, int[] forget, PhasePlan plan, ulong seed)
    {
        var left = forget.ToHashSet();
        int[] retain = [.. Enumerable.Range(0, rows.Count).Where(row => !left.Contains(row))];
        var all = new List<long>();
        firstSteps = new int[plan.Epochs];
        for (int epoch = 0; epoch < plan.Epochs; epoch++)
        {
            firstSteps[epoch] = all.Count / plan.BatchSize;
            ulong drawn = StableRandom.Mix(seed, StableRandom.FineTuning, (ulong)epoch);
            if (epoch < plan.ForgetEpochs)
            {
                Append(all, Order(rows, forget, drawn), plan.ForgetBatchSize, plan.BatchSize);
            }

            if (plan.Retain)
            {
                Append(all, Order(rows, retain, drawn), plan.BatchSize, plan.BatchSize);
            }
        }

        entries = [.. all];
    }

    /// <summary>The epoch that a step belongs to, both from 0.</summary>
    public int EpochOf(int step)
    {
        int found = Array.BinarySearch(firstSteps, step);
        return found >= 0 ? found : ~found - 1;
    }

    public int RowsOf(int model) => entries.Length;

    public long[] Epoch(int model, int epoch) => entries;

    private static long[] Order(LabeledRows rows, int[] positions, ulong seed)
    {
        long[] ids = [.. positions.Select(row => rows.RowIds[row])];
        return [.. StableRandom.Order(ids, seed).Select(i => (long)positions[i])];
    }

    /// <summary>Batches of one size, each filled up with -1 to the size of the loop's batches.</summary>
    private static void Append(List<long> all, long[] order, int batchSize, int paddedSize)
    {
        foreach (long[] batch in order.Chunk(batchSize))
        {
            all.AddRange(batch);
            all.AddRange(Enumerable.Repeat(-1L, paddedSize - batch.Length));
        }
    }
}
