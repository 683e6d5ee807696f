using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>Splits the rows of a class into clusters by k-means on features.</summary>
internal static class ClassClusters
{
    private const int MaxRounds = 100;

    /// <summary>Runs k-means from centres that lie far from each other, chosen without chance: the first is the row nearest to the class mean, each next one the row furthest from all before.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="members">Positions of the rows of the class.</param>
    /// <param name="clusters">Number of clusters.</param>
    /// <returns>Positions of each cluster's rows; largest cluster first. Fewer clusters if the rows do not differ enough.</returns>
    public static int[][] Of(LabeledRows rows, int[] members, int clusters)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = rows.Features.index_select(0, tensor(members.Select(row => (long)row).ToArray())).to_type(ScalarType.Float64);
        var mean = values.mean([0], keepdim: true);
        var chosen = new List<long> { Distances(values, mean).flatten().argmin().item<long>() };
        while (chosen.Count < clusters)
        {
            chosen.Add(Distances(values, values.index_select(0, tensor(chosen.ToArray()))).amin([1]).argmax().item<long>());
        }

        var centres = values.index_select(0, tensor(chosen.ToArray()));
        long[] assigned = [];
        for (int round = 0; round < MaxRounds; round++)
        {
            long[] nearest = [.. Distances(values, centres).argmin(1).ToHost<long>()];
            if (nearest.AsSpan().SequenceEqual(assigned))
            {
                break;
            }

            assigned = nearest;
            centres = stack([.. Enumerable.Range(0, clusters).Select(cluster =>
                assigned.Contains(cluster) ? values.index_select(0, tensor(Positions(assigned, cluster))).mean([0]) : centres[cluster])]);
        }

        return [.. Enumerable.Range(0, clusters).Select(cluster => Positions(assigned, cluster)).Where(positions => positions.Length > 0)
            .Select(positions => Array.ConvertAll(positions, i => members[(int)i])).OrderByDescending(cluster => cluster.Length).ThenBy(cluster => cluster[0])];
    }

    /// <summary>Squared distances, [rows, centres].</summary>
    public static Tensor Distances(Tensor values, Tensor centres) => stack([.. Enumerable.Range(0, (int)centres.shape[0]).Select(i => values.sub(centres[i]).pow(Held(2)).sum([1]))], 1);

    private static long[] Positions(long[] assigned, int cluster) => [.. Enumerable.Range(0, assigned.Length).Where(i => assigned[i] == cluster).Select(i => (long)i)];
}
