using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>A request, sorted by where each row's gradients and each target's change come from; the same for all models. Its tensors belong to the dispose scope it was made in.</summary>
internal sealed class GaussNewtonQuestion
{
    /// <param name="request">The request.</param>
    /// <param name="pool">The rows whose gradients are at hand.</param>
    public GaussNewtonQuestion(AttributionRequest request, GaussNewtonPool pool)
    {
        var rows = request.Rows;
        int[] forget = rows.IndexesOf(request.ForgetRowIds);
        // Rows of the pool first: order does not matter to a sum.
        int[] sorted = [.. forget.Where(row => pool.PlaceOf(rows.RowIds[row]) is not null), .. forget.Where(row => pool.PlaceOf(rows.RowIds[row]) is null)];
        ForgetPlaces = Index(sorted.Select(row => pool.PlaceOf(rows.RowIds[row])).OfType<int>());
        var index = Index(sorted);
        Labels = rows.Labels.index_select(0, index);
        Fresh = rows.Features.index_select(0, index.slice(0, ForgetPlaces.shape[0], sorted.Length, 1));

        var positions = sorted.Select((row, position) => (Id: rows.RowIds[row], position)).ToDictionary(pair => pair.Id, pair => pair.position);
        TargetCount = request.Targets.shape[0];
        var ids = request.TargetRowIds ?? [];
        if (ids.Count != 0 && ids.Count != TargetCount)
        {
            throw new ArgumentException($"There are {TargetCount} targets, but {ids.Count} row ids of targets. Give one per target, null where a target is no training row.", nameof(request));
        }

        int[] leaving = [.. Enumerable.Range(0, ids.Count).Where(target => ids[target] is { } id && positions.ContainsKey(id))];
        int[] pooled = [.. Enumerable.Range(0, ids.Count).Except(leaving).Where(target => pool.PlaceOf(ids[target]) is not null)];
        int[] others = [.. Enumerable.Range(0, (int)TargetCount).Except(leaving).Except(pooled)];
        Leaving = (Index(leaving), Index(leaving.Select(target => positions[ids[target]!.Value])));
        Pooled = (Index(pooled), Index(pooled.Select(target => pool.PlaceOf(ids[target])!.Value)));
        Others = Index(others);
        OtherFeatures = others.Length == TargetCount ? request.Targets : request.Targets.index_select(0, Others);
    }

    /// <summary>Places in the pool of the rows to forget that it holds, which come first among them.</summary>
    public Tensor ForgetPlaces { get; }

    /// <summary>Features of the rows to forget that the pool does not hold, [rows, features].</summary>
    public Tensor Fresh { get; }

    /// <summary>Classes of all rows to forget.</summary>
    public Tensor Labels { get; }

    /// <summary>Number of targets.</summary>
    public long TargetCount { get; }

    /// <summary>Targets that are to be forgotten, and their positions among the rows to forget.</summary>
    public (Tensor Targets, Tensor Rows) Leaving { get; }

    /// <summary>Other targets that the pool holds, and their places in it.</summary>
    public (Tensor Targets, Tensor Places) Pooled { get; }

    /// <summary>All other targets.</summary>
    public Tensor Others { get; }

    /// <summary>Their features.</summary>
    public Tensor OtherFeatures { get; }

    private static Tensor Index(IEnumerable<int> positions)
    {
        using var managed = tensor(positions.Select(position => (long)position).ToArray());
        return managed.clone();
    }
}
