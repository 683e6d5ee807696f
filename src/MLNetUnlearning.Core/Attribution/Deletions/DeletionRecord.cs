using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Deletions;

/// <summary>Which of the training rows each member of a bank lacks, as positions: the experiments that calibration learns from.</summary>
internal sealed class DeletionRecord
{
    private DeletionRecord(int[][] rows, int rowCount)
    {
        Rows = rows;
        RowCount = rowCount;
    }

    /// <summary>Positions of the rows that each deletion member lacks, ascending.</summary>
    public IReadOnlyList<int[]> Rows { get; }

    /// <summary>Number of training rows.</summary>
    public int RowCount { get; }

    /// <summary>Number of deletions.</summary>
    public int Count => Rows.Count;

    /// <summary>Reads the deletions of a bank. Rows that have left since are not counted any more.</summary>
    /// <param name="bank">The bank; members trained on all rows come first.</param>
    /// <param name="rowIds">Ids of the training rows, ascending.</param>
    public static DeletionRecord Of(ModelBank bank, IReadOnlyList<long> rowIds)
    {
        long[] known = [.. rowIds];
        int[] Positions(MemberPlan member) => [.. member.ExcludedRowIds.Select(id => Array.BinarySearch(known, id)).Where(row => row >= 0).Order()];
        return new([.. bank.Members.Skip(bank.FullMembers).Select(Positions)], known.Length);
    }

    /// <summary>Which deletions took which rows.</summary>
    /// <param name="more">Further sets of rows, appended.</param>
    /// <returns>[deletions, rows], 1 where the row was taken.</returns>
    public Tensor Mask(params ReadOnlySpan<int[]> more)
    {
        int[][] all = [.. Rows, .. more];
        var mask = zeros(all.Length, RowCount);
        for (int i = 0; i < all.Length; i++)
        {
            mask[i].index_fill_(0, Positions(all[i]), Held(1));
        }

        return mask;
    }

    /// <summary>Which deletions took which targets, [deletions, targets]: by looking them up, so that few targets cost little.</summary>
    /// <param name="positions">Position of each target among the rows, -1 for none.</param>
    public Tensor Inside(int[] positions)
    {
        float[] taken = [.. Rows.SelectMany(own => positions.Select(row => Array.BinarySearch(own, row) >= 0 ? 1f : 0f))];
        return tensor(taken, [Count, positions.Length]).clone();
    }

    /// <summary>The largest share of a set of rows that one deletion took.</summary>
    /// <param name="rows">Positions of the rows.</param>
    public double Coverage(int[] rows)
    {
        var wanted = rows.ToHashSet();
        return Rows.Count == 0 ? 0 : Rows.Max(taken => taken.Count(wanted.Contains)) / (double)rows.Length;
    }

    /// <summary>Positions as an index tensor.</summary>
    public static Tensor Positions(int[] rows) => tensor(rows.Select(row => (long)row).ToArray()).clone();
}
