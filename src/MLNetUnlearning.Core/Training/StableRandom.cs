namespace MLNetUnlearning.Training;

/// <summary>
/// Random draws as a pure function of (seed, purpose, keys): SplitMix64 mixing. A draw for a row depends on the row's id and never on its position, so
/// shuffled input, batching and the number of threads change nothing.
/// </summary>
internal static class StableRandom
{
    /// <summary>Purpose of a stream of draws; keeps streams of one seed apart.</summary>
    public const ulong InitialWeights = 1, RowOrder = 2, Plan = 3, Projection = 4, FineTuning = 5, RetainSample = 6, Member = 7, Students = 8, Oracles = 9, HeldOutOracles = 10, CalibrationRows = 11, Bootstrap = 12, Perturbations = 13, Retraining = 20, TeachingOracles = 21;

    /// <summary>Choices that verification makes: attacked models and rows, rows of an audit.</summary>
    public const ulong Membership = 40, AuditRows = 41;

    /// <summary>Mixes a seed and keys into 64 well-spread bits.</summary>
    public static ulong Mix(ulong seed, params ReadOnlySpan<ulong> keys)
    {
        ulong state = Finish(seed + 0x9E3779B97F4A7C15);
        foreach (ulong key in keys)
        {
            state = Finish((state ^ Finish(key + 0x9E3779B97F4A7C15)) + 0x9E3779B97F4A7C15);
        }

        return state;
    }

    /// <summary>Orders items at random: by a key drawn from each item's own identity.</summary>
    /// <param name="ids">Identity of each item.</param>
    /// <param name="seed">A mixed seed.</param>
    /// <returns>Positions of the items in random order.</returns>
    public static int[] Order(ReadOnlySpan<long> ids, ulong seed)
    {
        var keys = new ulong[ids.Length];
        var order = new int[ids.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = Mix(seed, (ulong)ids[i]);
            order[i] = i;
        }

        Array.Sort(keys, order);
        return order;
    }

    private static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
