namespace MLNetUnlearning.Training;

/// <summary>What leaves as a whole: the rows of one group, or single rows where there are no groups.</summary>
/// <remarks>Every row a group by itself comes to the same as no groups, and the caller's names for groups have no part in any draw.</remarks>
internal sealed class RowUnits
{
    private readonly LabeledRows rows;
    private readonly int[][]? members;
    private readonly long[] labels;

    /// <param name="rows">The training rows; they must outlive this object.</param>
    /// <exception cref="ArgumentException">There are groups, but only one.</exception>
    public RowUnits(LabeledRows rows)
    {
        this.rows = rows;
        labels = rows.ClassOfRow;
        if (rows.Groups is not { } groups)
        {
            return;
        }

        members = [.. Enumerable.Range(0, rows.Count).GroupBy(row => groups[row]).OrderBy(unit => unit.Key).Select(unit => unit.ToArray())];
        if (members.Length == 1)
        {
            throw new ArgumentException($"All {rows.Count} rows are in one group, so a model without one would be trained on nothing. Give at least two groups, or none.", nameof(rows));
        }
    }

    /// <summary>Positions of the rows that leave with a row, itself among them, ascending.</summary>
    public ReadOnlySpan<int> Of(int row) => members is null ? new[] { row } : members[rows.Groups![row]];

    /// <summary>The first row of every unit, in random order.</summary>
    public int[] Shuffled(ulong seed)
    {
        if (members is null)
        {
            return StableRandom.Order(rows.RowIdSpan, seed);
        }

        return [.. StableRandom.Order([.. members.Select(unit => rows.RowIds[unit[0]])], seed).Select(unit => members[unit][0])];
    }

    /// <summary>Adds the units of some rows to a choice, in order, until it has about a number of rows.</summary>
    /// <param name="chosen">The choice.</param>
    /// <param name="candidates">Positions of rows.</param>
    /// <param name="size">Rows wanted in all. A unit that would overshoot by as much as it fills, or more, is passed over, unless it is the first; at least one unit stays.</param>
    /// <param name="limits">Rows of each class that may still be chosen, updated; null for no limit. A unit beyond it is passed over.</param>
    public void Add(HashSet<int> chosen, IEnumerable<int> candidates, int size, int[]? limits = null)
    {
        foreach (int row in candidates)
        {
            if (chosen.Count >= size)
            {
                return;
            }

            var unit = Of(row);
            bool fits = chosen.Count == 0 || unit.Length < 2 * (size - chosen.Count);
            if (!chosen.Contains(row) && fits && chosen.Count + unit.Length < rows.Count && Claim(unit, limits))
            {
                foreach (int member in unit)
                {
                    chosen.Add(member);
                }
            }
        }
    }

    private bool Claim(ReadOnlySpan<int> unit, int[]? limits)
    {
        if (limits is null)
        {
            return true;
        }

        int[] left = [.. limits];
        foreach (int row in unit)
        {
            if (--left[labels[row]] < 0)
            {
                return false;
            }
        }

        left.CopyTo(limits, 0);
        return true;
    }
}
