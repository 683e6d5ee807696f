using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>The rows that Datamodel Matching fine-tunes on: forget rows q times and r x |F| random retain rows once.</summary>
/// <param name="Rows">Distinct positions in the training rows, forget rows first.</param>
/// <param name="Entries">One epoch: positions in <paramref name="Rows"/>, forget rows repeated.</param>
internal sealed record FineTuningSet(long[] Rows, int[] Entries)
{
    public static FineTuningSet Create(LabeledRows rows, int[] forget, int forgetMultiplier, double retainMultiplier, ulong seed)
    {
        var forgotten = forget.ToHashSet();
        int retainCount = Math.Min(rows.Count - forget.Length, Math.Max(1, (int)(retainMultiplier * forget.Length)));
        // A seed of the request, not of a model: all models of a stack see the same retain rows, as in the reference code.
        int[] retain = [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(seed, StableRandom.RetainSample)).Where(row => !forgotten.Contains(row)).Take(retainCount)];
        int[] entries = [.. Enumerable.Repeat(Enumerable.Range(0, forget.Length), forgetMultiplier).SelectMany(range => range), .. Enumerable.Range(forget.Length, retain.Length)];
        return new FineTuningSet([.. forget.Concat(retain).Select(row => (long)row)], entries);
    }
}
