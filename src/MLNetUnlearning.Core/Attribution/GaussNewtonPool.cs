using MLNetUnlearning.Training;

namespace MLNetUnlearning.Attribution;

/// <summary>What fitting keeps besides the matrices, within the memory it may take: inverses, and gradients of the rows of a fixed random pool.</summary>
internal sealed class GaussNewtonPool
{
    private readonly Dictionary<long, int> places;

    private GaussNewtonPool(bool keepsInverses, IReadOnlyList<long> rowIds)
    {
        KeepsInverses = keepsInverses;
        RowIds = rowIds;
        places = rowIds.Select((id, place) => (id, place)).ToDictionary(pair => pair.id, pair => pair.place);
    }

    /// <summary>Whether the inverse of each model's matrix is kept.</summary>
    public bool KeepsInverses { get; }

    /// <summary>Ids of the pool's rows, in the order of their gradients.</summary>
    public IReadOnlyList<long> RowIds { get; }

    /// <summary>Nothing is kept.</summary>
    public static GaussNewtonPool None { get; } = new(false, []);

    /// <summary>
    /// Draws the pool. Rows come in the order in which Datamodel Matching draws the retained rows it fine-tunes on, so that with equal seeds (0 by default) the
    /// pool holds those rows as far as it goes.
    /// </summary>
    public static GaussNewtonPool Draw(GaussNewtonEnsemble ensemble, LabeledRows rows)
    {
        var options = ensemble.Options;
        long inverses = ensemble.Count * (long)sizeof(double) * ensemble.FeatureSize * ensemble.FeatureSize;
        bool keepsInverses = inverses <= options.MaxCacheBytes;
        long room = options.MaxCacheBytes - (keepsInverses ? inverses : 0);
        int count = (int)Math.Min(rows.Count, room / (ensemble.Count * ensemble.BytesPerRow));
        int[] drawn = [.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(options.Seed, StableRandom.RetainSample)).Take(count)];
        // In the order of the rows, because gradients come in that order.
        return new(keepsInverses, [.. drawn.Order().Select(row => rows.RowIds[row])]);
    }

    /// <summary>The pool without some rows, and the places of those that stay.</summary>
    public (GaussNewtonPool Pool, long[] Places) Without(IEnumerable<long> rowIds)
    {
        var leaving = rowIds.ToHashSet();
        long[] staying = [.. Enumerable.Range(0, RowIds.Count).Where(place => !leaving.Contains(RowIds[place])).Select(place => (long)place)];
        return (new(KeepsInverses, [.. staying.Select(place => RowIds[(int)place])]), staying);
    }

    /// <summary>Place of a row's gradients, or null if the pool does not hold the row.</summary>
    public int? PlaceOf(long? rowId) => rowId is { } id && places.TryGetValue(id, out int place) ? place : null;
}
