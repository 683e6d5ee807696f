using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>Decides which rows each member of a model bank is trained without.</summary>
/// <remarks>
/// A plan is made before any request is known and never looks at one. Where rows have groups (<see cref="LabeledRows.Groups"/>), a group leaves as a whole, and numbers of rows are met as closely
/// as whole groups allow.
/// </remarks>
public sealed class DeletionPlan
{
    private const int Kinds = 5;
    private const double SmallestOfLargest = 1.0 / 6, GoldenRatio = 0.6180339887498949;

    private DeletionPlan(IReadOnlyList<IReadOnlyList<long>> members) => Members = members;

    /// <summary>Ids of the rows that each member lacks.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Members { get; }

    /// <summary>The caller's own choice: one list of row ids per member.</summary>
    public static DeletionPlan FromRowIds(IReadOnlyList<IReadOnlyList<long>> members) => new(members);

    /// <summary>Every member lacks a random share of the rows.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="members">Number of members.</param>
    /// <param name="share">Share of the rows that a member lacks, above 0 and below 1.</param>
    /// <param name="seed">Fixes the draw, together with the row ids.</param>
    /// <exception cref="ArgumentException">All rows are in one group.</exception>
    public static DeletionPlan Random(LabeledRows rows, int members, double share, ulong seed)
    {
        int size = SizeOf(rows, share);
        var units = new RowUnits(rows);
        return new([.. Enumerable.Range(0, members).Select(member => RandomRows(rows, units, size, MemberSeed(seed, member)))]);
    }

    /// <summary>
    /// A fifth of the members each lack random rows; unions of neighbourhoods of random rows; a neighbourhood within one class; the rows furthest along a direction within one
    /// class; and the rows furthest along a direction: the shapes that real requests have, so that the bank holds truth for each.
    /// </summary>
    /// <remarks>
    /// Sizes are spread evenly, on a logarithmic scale, over a sixth of <paramref name="share"/> to <paramref name="share"/>, because requests come in many sizes and the effect of a group is no
    /// multiple of a smaller group's. Directions are drawn at random, longer where the rows spread further. No class is lost by more than two thirds.
    /// </remarks>
    /// <param name="rows">The training rows.</param>
    /// <param name="members">Number of members.</param>
    /// <param name="share">Largest share of the rows that a member lacks, above 0 and below 1.</param>
    /// <param name="seed">Fixes the draw, together with the row ids.</param>
    /// <exception cref="ArgumentException">All rows are in one group.</exception>
    public static DeletionPlan Structured(LabeledRows rows, int members, double share, ulong seed)
    {
        int largest = SizeOf(rows, share);
        var units = new RowUnits(rows);
        return new([.. Enumerable.Range(0, members).Select(member =>
        {
            ulong own = MemberSeed(seed, member);
            int kind = member % Kinds, size = Spread(largest, member / Kinds, kind);
            return kind switch
            {
                0 => RandomRows(rows, units, size, own),
                1 => Neighbourhoods(rows, units, size, own),
                2 => WithinClass(rows, units, size, own),
                3 => ClassEnd(rows, units, size, own),
                _ => End(rows, units, size, own),
            };
        })]);
    }

    /// <summary>Golden ratio steps: however many members there are, their sizes lie about evenly.</summary>
    private static int Spread(int largest, int round, int kind)
    {
        double place = (0.5 + (round * GoldenRatio) + ((double)kind / Kinds)) % 1;
        return Math.Max(1, (int)Math.Round(largest * Math.Pow(SmallestOfLargest, 1 - place)));
    }

    private static ulong MemberSeed(ulong seed, int member) => StableRandom.Mix(seed, StableRandom.Plan, (ulong)member);

    private static int SizeOf(LabeledRows rows, double share) =>
        share is > 0 and < 1
            ? Math.Clamp((int)Math.Round(share * rows.Count), 1, rows.Count - 1)
            : throw new ArgumentOutOfRangeException(nameof(share), share, "The share of rows that a member lacks must be above 0 and below 1.");

    private static long[] RandomRows(LabeledRows rows, RowUnits units, int size, ulong seed) =>
        Ids(rows, units, units.Shuffled(seed), size);

    /// <summary>Balls of a fifth of the size or more around random rows until the size is reached.</summary>
    private static long[] Neighbourhoods(LabeledRows rows, RowUnits units, int size, ulong seed)
    {
        int[] centres = units.Shuffled(seed);
        var chosen = new HashSet<int>();
        for (int i = 0; chosen.Count < size && i < centres.Length; i++)
        {
            ulong draw = StableRandom.Mix(seed, (ulong)i + 1);
            int ball = Math.Max(1, size / 5 + (int)(draw % (ulong)Math.Max(1, 4 * size / 5)));
            units.Add(chosen, NearestFirst(rows, centres[i], sameClass: false).Take(Math.Min(ball, size - chosen.Count)), size);
        }

        return Ids(rows, chosen);
    }

    /// <summary>The rows of one class nearest to a random row of it; at most half of the class, and random rows for what is missing.</summary>
    private static long[] WithinClass(LabeledRows rows, RowUnits units, int size, ulong seed)
    {
        int[] near = NearestFirst(rows, StableRandom.Order(rows.RowIdSpan, seed)[0], sameClass: true);
        return Ids(rows, units, near, Math.Min(size, MostOfClass(near.Length)));
    }

    private static long[] ClassEnd(LabeledRows rows, RowUnits units, int size, ulong seed)
    {
        long[] labels = rows.ClassOfRow;
        int first = StableRandom.Order(rows.RowIdSpan, seed)[0];
        int[] members = [.. Enumerable.Range(0, rows.Count).Where(row => labels[row] == labels[first])];
        return Ids(rows, units, FurthestFirst(rows, members, seed), Math.Min(size, MostOfClass(members.Length)));
    }

    private static long[] End(LabeledRows rows, RowUnits units, int size, ulong seed)
    {
        long[] labels = rows.ClassOfRow;
        int[] left = [.. Enumerable.Range(0, Math.Max(1, rows.Classes)).Select(label => MostOfClass(labels.Count(other => other == label)))];
        return Ids(rows, units, FurthestFirst(rows, [.. Enumerable.Range(0, rows.Count)], seed), size, left);
    }

    private static int MostOfClass(int count) => Math.Max(1, count * 2 / 3);

    /// <summary>Rows by their place along a random combination of the rows' differences from their mean, furthest first.</summary>
    private static int[] FurthestFirst(LabeledRows rows, int[] candidates, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var features = rows.Features.index_select(0, tensor(candidates.Select(row => (long)row).ToArray())).to_type(ScalarType.Float64);
        var centred = features.sub(features.mean([0]));
        double[] signs = [.. candidates.Select(row => (StableRandom.Mix(seed, (ulong)rows.RowIds[row]) & 1) == 0 ? 1.0 : -1.0)];
        var direction = centred.t().mv(tensor(signs));
        double length = Math.Max(direction.norm().item<double>(), 1e-30);
        double[] along = [.. centred.mv(direction.div(Held(length))).ToHost<double>()];
        // Rounded, so that equal rows are ordered by their ids and not by the last bits of a sum.
        return [.. Enumerable.Range(0, candidates.Length).OrderByDescending(i => Math.Round(along[i], 9)).ThenBy(i => rows.RowIds[candidates[i]]).Select(i => candidates[i])];
    }

    private static int[] NearestFirst(LabeledRows rows, int centre, bool sameClass)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        float[] distances = [.. rows.Features.sub(rows.Features[centre]).pow(Held(2)).sum(1).ToHost<float>()];
        long[] labels = rows.ClassOfRow;

        // Before its own duplicates, so that every ball holds its centre and balls around all rows hold all rows.
        distances[centre] = -1;
        int[] candidates = [.. Enumerable.Range(0, rows.Count).Where(row => !sameClass || labels[row] == labels[centre])];
        Array.Sort(Array.ConvertAll(candidates, row => distances[row]), candidates);
        return candidates;
    }

    private static long[] Ids(LabeledRows rows, RowUnits units, IEnumerable<int> candidates, int size, int[]? limits = null)
    {
        var chosen = new HashSet<int>();
        units.Add(chosen, candidates, size, limits);
        return Ids(rows, chosen);
    }

    private static long[] Ids(LabeledRows rows, IEnumerable<int> indexes) => [.. indexes.Select(index => rows.RowIds[index]).Order()];
}
