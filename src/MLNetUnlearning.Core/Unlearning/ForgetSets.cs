using MLNetUnlearning.Attribution;
using MLNetUnlearning.Native;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Unlearning;

/// <summary>
/// Builds forget sets for rehearsals ("fire drills") and benchmarks: practise deletions before the first real request comes, on the shapes that requests have. All are
/// deterministic and independent of the order of the rows; the harder ones take rows that resemble each other, so that nothing that stays makes up for them.
/// </summary>
public static class ForgetSets
{
    /// <summary>A drill: one request of each shape, from easy to hard.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="count">Rows in each set. A class is taken from only if it has more rows than that; sub-classes and whole classes are as large as they are.</param>
    /// <param name="seed">Fixes the random draws and the choice of the neighbourhood's centre, together with the row ids.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1 or not below the number of rows.</exception>
    public static IReadOnlyList<ForgetSet> Drill(LabeledRows rows, int count, ulong seed = 0)
    {
        rows.RequireClasses("A drill with sets of every kind");
        RequireCount(count, rows.Count);
        var random = Random(rows, count, seed);
        int largest = Enumerable.Range(0, rows.Classes).MaxBy(label => OfClass(rows, label).Length);
        int size = OfClass(rows, largest).Length;
        long centre = rows.RowIds[StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(seed, StableRandom.Plan, 1))[0]];
        List<ForgetSet> sets =
        [
            new($"random-{count}", random),
            new($"neighbours-{count}", NearestNeighbours(rows, centre, count)),
            new($"principal-{count}", PrincipalComponent(rows, rows.Features, 1, count)),
        ];
        if (count >= 2)
        {
            sets.Add(new($"principal-ends-{count}", PrincipalComponent(rows, rows.Features, 1, count, bothEnds: true)));
        }

        if (count < size)
        {
            sets.Add(new($"clustered-{count}-of-class-{largest}", Clustered(rows, largest, count)));
        }

        if (size >= 4)
        {
            sets.Add(new($"sub-class-of-class-{largest}", SubClass(rows, largest)));
        }

        if (size >= 2)
        {
            sets.Add(new($"whole-class-{largest}", WholeClass(rows, largest)));
        }

        return sets;
    }

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
        int[] ofClass = OfClass(rows, label);
        RequireCount(count, ofClass.Length);
        var features = rows.Features.index_select(0, tensor(ofClass.Select(row => (long)row).ToArray())).to_type(ScalarType.Float64);
        var centred = features.sub(features.mean([0]));
        var direction = linalg.eigh(centred.t().mm(centred)).Item2.select(1, -1);
        // The sign of an eigenvector is arbitrary: let its largest entry be positive.
        direction = direction.mul(direction[direction.abs().argmax()].sign());
        double[] along = [.. centred.mv(direction).ToHost<double>()];
        Array.Sort(along, ofClass);
        return [.. ofClass.TakeLast(count).Select(row => rows.RowIds[row]).Order()];
    }

    /// <summary>
    /// The rows at the end of a principal component of row vectors, or half of them at either end: coherent groups across classes. With influences as vectors
    /// (<see cref="InfluenceComponent"/>) these are the sets of the Datamodel Matching paper (arXiv 2410.23232); with gradient features, a cheap stand-in for them.
    /// </summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="vectors">A vector for each row, in the order of <paramref name="rows"/>: features, gradient features, an embedding; [rows, dimensions].</param>
    /// <param name="component">From 1, the component of the largest variance, to the smaller of rows and dimensions.</param>
    /// <param name="count">How many rows; at least 2 for both ends.</param>
    /// <param name="bothEnds">Whether to take half of the rows, rounded up, at the positive end and the others at the negative one. Default false: the positive end, where the row furthest from the middle is.</param>
    /// <returns>Row ids, ascending.</returns>
    /// <exception cref="ArgumentException">The vectors are not one per row.</exception>
    public static IReadOnlyList<long> PrincipalComponent(LabeledRows rows, Tensor vectors, int component, int count, bool bothEnds = false)
    {
        if (vectors.dim() != 2 || vectors.shape[0] != rows.Count)
        {
            throw new ArgumentException($"There are {rows.Count} rows, so the vectors must be [{rows.Count}, dimensions], not [{string.Join(", ", vectors.shape)}].", nameof(vectors));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(component, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(component, Math.Min(vectors.shape[0], vectors.shape[1]));
        RequireCount(count, rows.Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, bothEnds ? 2 : 1);
        int[] order = [.. Enumerable.Range(0, rows.Count)];
        Array.Sort(PrincipalScores.Of(vectors, component), order);
        int bottom = bothEnds ? count / 2 : 0;
        return [.. order.TakeLast(count - bottom).Concat(order.Take(bottom)).Select(row => rows.RowIds[row]).Order()];
    }

    /// <summary>As <see cref="PrincipalComponent"/>, with each row's influence on the margins of training rows as its vector: rows that do the same to the model.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="influence">Attribution that scores single rows, fitted on <paramref name="rows"/>.</param>
    /// <param name="component">From 1, the component of the largest variance.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="bothEnds">Whether to take half of the rows at either end.</param>
    /// <param name="maxTargets">Most training rows whose margins are looked at, at least 1; random ones if there are more. Default 2000: the full matrix is rows x rows.</param>
    /// <param name="seed">Fixes the draw of the targets, together with the row ids.</param>
    /// <param name="progress">Receives reports.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>Row ids, ascending.</returns>
    public static IReadOnlyList<long> InfluenceComponent(
        LabeledRows rows,
        IRowInfluence influence,
        int component,
        int count,
        bool bothEnds = false,
        int maxTargets = 2000,
        ulong seed = 0,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTargets, 1);
        RequireCount(count, rows.Count);
        using var targets = rows.Select([.. StableRandom.Order(rows.RowIdSpan, StableRandom.Mix(seed, StableRandom.Plan, 2)).Take(maxTargets).Order()]);
        using var scores = influence.RowInfluence(rows, targets.Features, targets.Labels, progress, cancellationToken);
        using var vectors = scores.t();
        return PrincipalComponent(rows, vectors, component, count, bothEnds);
    }

    /// <summary>A row and those nearest to it by their features.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="centre">Id of the row; it is the first of the set.</param>
    /// <param name="count">How many, the centre included.</param>
    /// <param name="sameClass">Whether to take rows of the centre's class only. Default false.</param>
    /// <returns>Row ids, ascending.</returns>
    /// <exception cref="RowDataException">There is no such row.</exception>
    public static IReadOnlyList<long> NearestNeighbours(LabeledRows rows, long centre, int count, bool sameClass = false)
    {
        int at = rows.IndexesOf([centre])[0];
        long[] labels = rows.ClassOfRow;
        int[] candidates = [.. Enumerable.Range(0, rows.Count).Where(row => !sameClass || labels[row] == labels[at])];
        RequireCount(count, sameClass ? candidates.Length : rows.Count);
        using var scope = NewDisposeScope();
        double[] distances = [.. rows.Features.sub(rows.Features[at]).pow(Held(2)).sum([1]).to_type(ScalarType.Float64).ToHost<double>()];
        // Before its own duplicates.
        distances[at] = -1;
        return [.. candidates.OrderBy(row => distances[row]).ThenBy(row => row).Take(count).Select(row => rows.RowIds[row]).Order()];
    }

    /// <summary>A whole class but for a few rows: no request may take the last row of a class.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="label">The class, from 0.</param>
    /// <param name="keep">How many rows stay, at least 1 and fewer than the class has: those nearest to the class's mean. Default 1.</param>
    /// <returns>Row ids, ascending.</returns>
    public static IReadOnlyList<long> WholeClass(LabeledRows rows, int label, int keep = 1)
    {
        int[] ofClass = OfClass(rows, label);
        RequireCount(keep, ofClass.Length);
        using var scope = NewDisposeScope();
        var features = rows.Features.index_select(0, tensor(ofClass.Select(row => (long)row).ToArray())).to_type(ScalarType.Float64);
        double[] distances = [.. ClassClusters.Distances(features, features.mean([0], keepdim: true)).flatten().ToHost<double>()];
        Array.Sort(distances, ofClass);
        return [.. ofClass.Skip(keep).Select(row => rows.RowIds[row]).Order()];
    }

    /// <summary>One of the groups that a class falls into by its features (k-means): as if a sub-class had to go.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="label">The class, from 0; it needs at least two rows per cluster.</param>
    /// <param name="cluster">Which group, from 0, the largest. Default 1.</param>
    /// <param name="clusters">How many groups, at least 2. Default 2.</param>
    /// <returns>Row ids, ascending.</returns>
    /// <exception cref="ArgumentException">The rows of the class do not fall into so many groups.</exception>
    public static IReadOnlyList<long> SubClass(LabeledRows rows, int label, int cluster = 1, int clusters = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusters, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(cluster);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cluster, clusters);
        int[] ofClass = OfClass(rows, label);
        int[][] found = ofClass.Length < 2 * clusters ? [] : ClassClusters.Of(rows, ofClass, clusters);
        return found.Length == clusters
            ? [.. found[cluster].Select(row => rows.RowIds[row]).Order()]
            : throw new ArgumentException($"The {ofClass.Length} rows of class {label} do not fall into {clusters} groups. Ask for fewer, or another class.", nameof(clusters));
    }

    private static int[] OfClass(LabeledRows rows, int label)
    {
        rows.RequireClasses("A set of rows of a class");
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, rows.Classes);
        return [.. rows.ClassOfRow.Select((value, row) => (value, row)).Where(pair => pair.value == label).Select(pair => pair.row)];
    }

    private static void RequireCount(int count, int available)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, available);
    }
}
