using System.Numerics;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>Which member lacks which row, as lists, as bits and as a matrix.</summary>
internal sealed class MemberMasks : IDisposable
{
    private readonly int[][] lacking;
    private readonly ulong[][] bits;

    private MemberMasks(int members, int[][] lacking)
    {
        Members = members;
        this.lacking = lacking;
        bits = [.. lacking.Select(list => ToBits(list, members))];
        float[] values = new float[(long)members * lacking.Length];
        for (int row = 0; row < lacking.Length; row++)
        {
            foreach (int member in lacking[row])
            {
                values[(long)member * lacking.Length + row] = 1;
            }
        }

        using var scope = NewDisposeScope();
        Matrix = tensor(values, [members, lacking.Length]).clone().DetachFromDisposeScope();
    }

    /// <summary>Number of members.</summary>
    public int Members { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => lacking.Length;

    /// <summary>1 where the member lacks the row, else 0; [members, rows], float32.</summary>
    public Tensor Matrix { get; }

    /// <summary>Reads the plans. Ids that are not among the rows belong to rows forgotten since and are passed over.</summary>
    /// <exception cref="ArgumentException">No member lacks any of the rows.</exception>
    /// <param name="members">The members.</param>
    /// <param name="rowIds">Ids of the rows, ascending.</param>
    public static MemberMasks Create(IReadOnlyList<MemberPlan> members, ReadOnlySpan<long> rowIds)
    {
        var lists = Enumerable.Range(0, rowIds.Length).Select(_ => new List<int>()).ToArray();
        for (int member = 0; member < members.Count; member++)
        {
            foreach (long id in members[member].ExcludedRowIds)
            {
                int row = rowIds.BinarySearch(id);
                if (row >= 0)
                {
                    lists[row].Add(member);
                }
            }
        }

        return lists.Any(list => list.Count > 0)
            ? new MemberMasks(members.Count, [.. lists.Select(list => list.ToArray())])
            : throw new ArgumentException($"No member of the bank lacks any of the {rowIds.Length} rows. Give the rows that the bank was trained on.", nameof(rowIds));
    }

    /// <summary>The same for some of the members.</summary>
    /// <param name="members">Positions of the members, ascending.</param>
    public MemberMasks Select(int[] members) =>
        new(members.Length, [.. lacking.Select(list => list.Select(member => Array.BinarySearch(members, member)).Where(position => position >= 0).ToArray())]);

    /// <summary>The members that lack a row.</summary>
    public ReadOnlySpan<int> Lacking(int row) => lacking[row];

    /// <summary>Whether a member lacks a row.</summary>
    public bool Lacks(int member, int row) => (bits[row][member >> 6] >> (member & 63) & 1) != 0;

    /// <summary>Inner product over members of the centred columns of two rows; for a row with itself, the squared norm of its column.</summary>
    public double Product(int row, int other)
    {
        ulong[] a = bits[row], b = bits[other];
        int both = 0;
        for (int i = 0; i < a.Length; i++)
        {
            both += BitOperations.PopCount(a[i] & b[i]);
        }

        return both - (double)lacking[row].Length * lacking[other].Length / Members;
    }

    public void Dispose() => Matrix.Dispose();

    private static ulong[] ToBits(int[] members, int count)
    {
        var words = new ulong[(count + 63) / 64];
        foreach (int member in members)
        {
            words[member >> 6] |= 1UL << (member & 63);
        }

        return words;
    }
}
