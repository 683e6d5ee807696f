namespace MLNetUnlearning.Training;

/// <summary>Each model sees its own rows, in an order drawn from its seed, the epoch and the row ids.</summary>
internal sealed class TrainingBatches : IBatchSource
{
    private readonly IReadOnlyList<MemberPlan> members;
    private readonly int[][] rowsOfMember;
    private readonly long[] rowIds;

    public TrainingBatches(LabeledRows rows, IReadOnlyList<MemberPlan> members)
    {
        this.members = members;
        rowIds = rows.RowIdSpan.ToArray();
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        rowsOfMember = [.. members.Select(member => member.ExcludedRowIds.Count == 0 ? all : Without(rows, all, member))];
    }

    public int RowsOf(int model) => rowsOfMember[model].Length;

    public long[] Epoch(int model, int epoch)
    {
        int[] rows = rowsOfMember[model];
        var ids = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            ids[i] = rowIds[rows[i]];
        }

        int[] order = StableRandom.Order(ids, StableRandom.Mix(members[model].Seed, StableRandom.RowOrder, (ulong)epoch));
        return Array.ConvertAll(order, position => (long)rows[position]);
    }

    private static int[] Without(LabeledRows rows, int[] all, MemberPlan member)
    {
        var excluded = rows.IndexesOf(member.ExcludedRowIds).ToHashSet();
        int[] left = Array.FindAll(all, row => !excluded.Contains(row));
        return left.Length > 0 ? left : throw new RowDataException("A model cannot be trained without any row: its plan leaves out all of them.");
    }
}
