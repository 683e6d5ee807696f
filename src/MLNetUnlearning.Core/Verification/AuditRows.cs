using MLNetUnlearning.Attribution.Evaluation;
using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Verification;

/// <summary>The rows that an audit looks at: the forgotten ones, some that stay, some of each bank deletion for the membership test's null, and some validation rows.</summary>
internal sealed class AuditRows : IDisposable
{
    public AuditRows(AuditSubject subject, int[] forget, int maxRows, ulong seed)
    {
        var rows = subject.Rows;
        ulong Draw(ulong purpose) => StableRandom.Mix(seed, StableRandom.AuditRows, purpose);
        int[] Some(IEnumerable<int> from, int count, ulong purpose)
        {
            int[] positions = [.. from];
            return [.. StableRandom.Order([.. positions.Select(row => rows.RowIds[row])], Draw(purpose)).Take(count).Select(i => positions[i])];
        }

        int[] retained = Some(Enumerable.Range(0, rows.Count).Except(forget), maxRows, 0);
        var chosen = new SortedSet<int>(forget.Concat(retained));
        for (int member = 0; member < subject.Bank.Members.Count; member++)
        {
            chosen.UnionWith(Some(rows.IndexesOf(subject.Bank.Members[member].ExcludedRowIds), Math.Min(forget.Length, maxRows), (ulong)member + 2));
        }

        int[] positions = [.. chosen];
        Training = rows.Select(positions);
        int[] drawn = [.. StableRandom.Order([.. subject.Validation.RowIds], Draw(1)).Take(maxRows).Order()];
        Validation = subject.Validation.Select(drawn);
        Forget = Training.IndexesOf(forget.Select(row => rows.RowIds[row]));
        Retain = Training.IndexesOf(retained.Select(row => rows.RowIds[row]));
        Features = cat([Training.Features, Validation.Features]).DetachFromDisposeScope();
        Labels = cat([Training.Labels, Validation.Labels]).DetachFromDisposeScope();
        Ids = [.. Training.RowIds.Select(id => (long?)id), .. Enumerable.Repeat((long?)null, Validation.Count)];
    }

    /// <summary>The training rows.</summary>
    public LabeledRows Training { get; }

    /// <summary>The validation rows.</summary>
    public LabeledRows Validation { get; }

    /// <summary>Features of the training rows and then the validation rows, [rows, features].</summary>
    public Tensor Features { get; }

    /// <summary>Their classes, [rows], or values, [rows, outputs].</summary>
    public Tensor Labels { get; }

    /// <summary>Their row ids; null for validation rows.</summary>
    public IReadOnlyList<long?> Ids { get; }

    /// <summary>Positions of the forgotten rows among <see cref="Features"/>.</summary>
    public int[] Forget { get; }

    /// <summary>Positions of the rows that stay.</summary>
    public int[] Retain { get; }

    /// <summary>Positions of the validation rows.</summary>
    public int[] ValidationPositions => [.. Enumerable.Range(Training.Count, Validation.Count)];

    /// <summary>Margins of a row: one, or for values a residual of each output.</summary>
    public int MarginsOfRow => Training.HasValues ? Training.OutputCount : 1;

    /// <summary>Positions of rows' margins among those of all rows.</summary>
    public int[] MarginPositions(IReadOnlyList<int> positions) => [.. positions.SelectMany(row => Enumerable.Range(row * MarginsOfRow, MarginsOfRow))];

    /// <summary>Outputs as they can be compared, in float64: logits centred over classes, because a shift common to all changes no probability; values as they are.</summary>
    /// <param name="outputs">[..., outputs].</param>
    public Tensor Comparable(Tensor outputs) => TargetError.Comparable(outputs, Training.Loss);

    public void Dispose()
    {
        Training.Dispose();
        Validation.Dispose();
        Features.Dispose();
        Labels.Dispose();
    }
}
