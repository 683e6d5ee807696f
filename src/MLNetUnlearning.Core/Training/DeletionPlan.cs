using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>Decides which rows each member of a model bank is trained without.</summary>
/// <remarks>A plan is made before any request is known and never looks at one.</remarks>
public sealed class DeletionPlan
{
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
    public static DeletionPlan Random(LabeledRows rows, int members, double share, ulong seed)
    {
        int size = SizeOf(rows, share);
        return new([.. Enumerable.Range(0, members).Select(member => RandomRows(rows, size, MemberSeed(seed, member)))]);
    }

    /// <summary>
    /// A third of the members lack random rows, a third unions of neighbourhoods of random rows, a third one neighbourhood within one class: the shapes
    /// that real requests have, so that the bank holds truth for each.
    /// </summary>
    /// <inheritdoc cref="Random"/>
    public static DeletionPlan Structured(LabeledRows rows, int members, double share, ulong seed)
    {
        int size = SizeOf(rows, share);
        return new([.. Enumerable.Range(0, members).Select(member => (member % 3) switch
        {
            0 => RandomRows(rows, size, MemberSeed(seed, member)),
            1 => Neighbourhoods(rows, size, MemberSeed(seed, member)),
            _ => WithinClass(rows, size, MemberSeed(seed, member)),
        })]);
    }

    private static ulong MemberSeed(ulong seed, int member) => StableRandom.Mix(seed, StableRandom.Plan, (ulong)member);

    private static int SizeOf(LabeledRows rows, double share) =>
        share is > 0 and < 1
            ? Math.Clamp((int)Math.Round(share * rows.Count), 1, rows.Count - 1)
            : throw new ArgumentOutOfRangeException(nameof(share), share, "The share of rows that a member lacks must be above 0 and below 1.");

    private static long[] RandomRows(LabeledRows rows, int size, ulong seed) =>
        Ids(rows, StableRandom.Order(rows.RowIdSpan, seed).Take(size));

    /// <summary>Balls of 1/5 to 3/5 of the size around random rows until the size is reached.</summary>
    private static long[] Neighbourhoods(LabeledRows rows, int size, ulong seed)
    {
        int[] centres = StableRandom.Order(rows.RowIdSpan, seed);
        var chosen = new HashSet<int>();
        for (int i = 0; chosen.Count < size; i++)
        {
            ulong draw = StableRandom.Mix(seed, (ulong)i + 1);
            int ball = Math.Max(1, size / 5 + (int)(draw % (ulong)Math.Max(1, 2 * size / 5)));
            foreach (int row in NearestFirst(rows, centres[i], sameClass: false).Take(Math.Min(ball, size - chosen.Count)))
            {
                chosen.Add(row);
            }
        }

        return Ids(rows, chosen);
    }

    /// <summary>The rows of one class nearest to a random row of it; at most half of the class, and random rows for what is missing.</summary>
    private static long[] WithinClass(LabeledRows rows, int size, ulong seed)
    {
        int[] order = StableRandom.Order(rows.RowIdSpan, seed);
        int[] near = NearestFirst(rows, order[0], sameClass: true);
        var chosen = near.Take(Math.Min(size, Math.Max(1, near.Length / 2))).ToHashSet();
        foreach (int row in order.Where(row => !chosen.Contains(row)).Take(size - chosen.Count).ToArray())
        {
            chosen.Add(row);
        }

        return Ids(rows, chosen);
    }

    private static int[] NearestFirst(LabeledRows rows, int centre, bool sameClass)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        float[] distances = [.. rows.Features.sub(rows.Features[centre]).square().sum(1).data<float>()];
        long[] labels = [.. rows.Labels.data<long>()];

        // Before its own duplicates, so that every ball holds its centre and balls around all rows hold all rows.
        distances[centre] = -1;
        int[] candidates = [.. Enumerable.Range(0, rows.Count).Where(row => !sameClass || labels[row] == labels[centre])];
        Array.Sort(Array.ConvertAll(candidates, row => distances[row]), candidates);
        return candidates;
    }

    private static long[] Ids(LabeledRows rows, IEnumerable<int> indexes) => [.. indexes.Select(index => rows.RowIds[index]).Order()];
}
