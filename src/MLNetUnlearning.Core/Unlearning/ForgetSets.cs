using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Builds forget sets for rehearsals and benchmarks: deterministic, named, independent of the order of the rows.</summary>
public static class ForgetSets
{
    /// <summary>Random rows.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Fixes the draw, together with the row ids.</param>
    /// <returns>Row ids, ascending.</returns>
    public static IReadOnlyList<long> Random(LabeledRows rows, int count, ulong seed)
    {
        RequireCount(count, rows.Count);
        return [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(seed, StableRandom.Plan)).Take(count).Select(row => rows.RowIds[row]).Order()];
    }

    /// <summary>The rows of one class that lie furthest along the class's first principal direction: similar to each other and hard to forget, because nothing that stays resembles them.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="label">The class, from 0.</param>
    /// <param name="count">How many; fewer than the class has.</param>
    /// <returns>Row ids, ascending.</returns>
    public static IReadOnlyList<long> Clustered(LabeledRows rows, int label, int count)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int[] ofClass = [.. rows.Labels.data<long>().Select((value, row) => (value, row)).Where(pair => pair.value == label).Select(pair => pair.row)];
        RequireCount(count, ofClass.Length);
        var features = rows.Features.index_select(0, tensor(ofClass.Select(row => (long)row).ToArray())).to_type(ScalarType.Float64);
        var centred = features.sub(features.mean([0]));
        var direction = linalg.eigh(centred.t().mm(centred)).Item2.select(1, -1);
        // The sign of an eigenvector is arbitrary: let its largest entry be positive.
        direction = direction.mul(direction[direction.abs().argmax()].sign());
        double[] along = [.. centred.mv(direction).data<double>()];
        Array.Sort(along, ofClass);
        return [.. ofClass.TakeLast(count).Select(row => rows.RowIds[row]).Order()];
    }

    private static void RequireCount(int count, int available)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, available);
    }
}
