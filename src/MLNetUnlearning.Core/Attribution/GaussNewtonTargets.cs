using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>Targets, sorted by where the change of each comes from; the same for all models. Its tensors belong to the dispose scope it was made in.</summary>
internal sealed class GaussNewtonTargets
{
    /// <param name="targets">[targets, features].</param>
    /// <param name="rowIds">Row id of each that is a training row; null if none is.</param>
    /// <param name="forget">Position of each row to forget among them, by its id.</param>
    /// <param name="pool">The rows whose gradients are at hand.</param>
    public GaussNewtonTargets(Tensor targets, IReadOnlyList<long?>? rowIds, IReadOnlyDictionary<long, int> forget, GaussNewtonPool pool)
    {
        Count = targets.shape[0];
        var ids = rowIds ?? [];
        if (ids.Count != 0 && ids.Count != Count)
        {
            throw new ArgumentException($"There are {Count} targets, but {ids.Count} row ids of targets. Give one per target, null where a target is no training row.", nameof(rowIds));
        }

        int[] leaving = [.. Enumerable.Range(0, ids.Count).Where(target => ids[target] is { } id && forget.ContainsKey(id))];
        int[] pooled = [.. Enumerable.Range(0, ids.Count).Except(leaving).Where(target => pool.PlaceOf(ids[target]) is not null)];
        int[] others = [.. Enumerable.Range(0, (int)Count).Except(leaving).Except(pooled)];
        Leaving = (Index(leaving), Index(leaving.Select(target => forget[ids[target]!.Value])));
        Pooled = (Index(pooled), Index(pooled.Select(target => pool.PlaceOf(ids[target])!.Value)));
        Others = Index(others);
        OtherFeatures = others.Length == Count ? targets : targets.index_select(0, Others);
    }

    /// <summary>Number of targets.</summary>
    public long Count { get; }

    /// <summary>Targets that are to be forgotten, and their positions among the rows to forget.</summary>
    public (Tensor Targets, Tensor Rows) Leaving { get; }

    /// <summary>Other targets that the pool holds, and their places in it.</summary>
    public (Tensor Targets, Tensor Places) Pooled { get; }

    /// <summary>All other targets.</summary>
    public Tensor Others { get; }

    /// <summary>Their features.</summary>
    public Tensor OtherFeatures { get; }

    /// <summary>Positions as an index tensor.</summary>
    public static Tensor Index(IEnumerable<int> positions)
    {
        using var managed = tensor(positions.Select(position => (long)position).ToArray());
        return managed.clone();
    }
}
