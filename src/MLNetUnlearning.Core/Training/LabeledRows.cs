using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>Validated training or test rows in tensors, sorted by row id, so that the order in which rows arrive changes nothing.</summary>
public sealed class LabeledRows : IDisposable
{
    private readonly long[] rowIds;

    private LabeledRows(Tensor features, Tensor labels, long[] rowIds, int[]? groups, int classes, ColumnNames columns)
    {
        Features = features.DetachFromDisposeScope();
        Labels = labels.DetachFromDisposeScope();
        this.rowIds = rowIds;
        Groups = groups;
        Classes = classes;
        Columns = columns;
    }

    /// <summary>Features [rows, features], float32.</summary>
    public Tensor Features { get; }

    /// <summary>Class of each row, [rows], int64, from 0.</summary>
    public Tensor Labels { get; }

    /// <summary>Id of each row, ascending.</summary>
    public IReadOnlyList<long> RowIds => rowIds;

    /// <summary>
    /// Deletion unit of each row, such as all rows of one person: numbers from 0 in the order of each unit's smallest row id, in place of the caller's own. Null if every row is a unit by
    /// itself.
    /// </summary>
    public IReadOnlyList<int>? Groups { get; }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Number of rows.</summary>
    public int Count => rowIds.Length;

    /// <summary>Number of features.</summary>
    public int FeatureCount => (int)Features.shape[1];

    /// <summary>The caller's column names, for messages.</summary>
    public ColumnNames Columns { get; }

    internal ReadOnlySpan<long> RowIdSpan => rowIds;

    /// <summary>Checks the rows and copies them into tensors.</summary>
    /// <param name="features">Features row by row, rows x <paramref name="featureCount"/> values.</param>
    /// <param name="featureCount">Number of features of a row.</param>
    /// <param name="labels">Class of each row, from 0.</param>
    /// <param name="rowIds">Id of each row; unique.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="columns">Column names for messages; default <c>RowId</c>, <c>Features</c>, <c>Label</c>.</param>
    /// <param name="groups">Deletion unit of each row, any numbers, equal for rows that leave together; empty if every row is a unit by itself. The numbers are not kept, see <see cref="Groups"/>.</param>
    /// <exception cref="RowDataException">No rows, a repeated id, a feature that is not finite, or a label out of range.</exception>
    public static LabeledRows Create(
        ReadOnlySpan<float> features, int featureCount, ReadOnlySpan<int> labels, ReadOnlySpan<long> rowIds, int classes, ColumnNames? columns = null, ReadOnlySpan<long> groups = default)
    {
        columns ??= new ColumnNames();
        ArgumentOutOfRangeException.ThrowIfLessThan(featureCount, 1);
        if (labels.Length != rowIds.Length || features.Length != (long)rowIds.Length * featureCount)
        {
            throw new ArgumentException($"{rowIds.Length} row ids, {labels.Length} labels and {features.Length} features of rows of {featureCount} do not belong together.");
        }

        if (!groups.IsEmpty && groups.Length != rowIds.Length)
        {
            throw new ArgumentException($"{rowIds.Length} row ids and {groups.Length} groups do not belong together. Give every row a group, or give none.", nameof(groups));
        }

        if (rowIds.IsEmpty)
        {
            throw new RowDataException("There are no rows.");
        }

        NativeBackend.EnsureLoaded();
        long[] ids = rowIds.ToArray();
        int[] order = [.. Enumerable.Range(0, ids.Length)];
        Array.Sort(ids, order);
        var sortedFeatures = new float[features.Length];
        var sortedLabels = new long[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            if (i > 0 && ids[i] == ids[i - 1])
            {
                throw new RowDataException($"Column '{columns.RowId}': row id {ids[i]} occurs more than once. Ids must be unique; give every row its own.", ids[i], columns.RowId);
            }

            var row = features.Slice(order[i] * featureCount, featureCount);
            CheckFinite(row, ids[i], columns.Features);
            int label = labels[order[i]];
            if (label < 0 || label >= classes)
            {
                throw new RowDataException($"Column '{columns.Label}': row {ids[i]} has class {label}, outside 0 to {classes - 1}. Remove the row or correct its label.", ids[i], columns.Label);
            }

            row.CopyTo(sortedFeatures.AsSpan(i * featureCount));
            sortedLabels[i] = label;
        }

        int[]? numbers = null;
        if (!groups.IsEmpty)
        {
            var sorted = new long[ids.Length];
            for (int i = 0; i < sorted.Length; i++)
            {
                sorted[i] = groups[order[i]];
            }

            numbers = Number(sorted);
        }

        using var scope = NewDisposeScope();
        // Cloned, because TorchSharp leaves the values in the managed array, whose alignment varies, and with it the last bits of matrix products.
        return new LabeledRows(tensor(sortedFeatures, [ids.Length, featureCount]).clone(), tensor(sortedLabels), ids, numbers, classes, columns);
    }

    /// <summary>Position of a row, or -1 if there is none with this id.</summary>
    public int IndexOf(long rowId)
    {
        int index = Array.BinarySearch(rowIds, rowId);
        return index < 0 ? -1 : index;
    }

    /// <summary>Positions of rows, ascending.</summary>
    /// <exception cref="RowDataException">An id is unknown or given twice.</exception>
    public int[] IndexesOf(IEnumerable<long> ids)
    {
        var indexes = new SortedSet<int>();
        foreach (long id in ids)
        {
            int index = IndexOf(id);
            if (index < 0)
            {
                throw new RowDataException($"Column '{Columns.RowId}': no training row has id {id}. Ask only for rows that the model was trained on.", id, Columns.RowId);
            }

            if (!indexes.Add(index))
            {
                throw new RowDataException($"Column '{Columns.RowId}': id {id} is given more than once in the request.", id, Columns.RowId);
            }
        }

        return [.. indexes];
    }

    /// <summary>Copies the rows at some positions, given in ascending order.</summary>
    public LabeledRows Select(IReadOnlyList<int> indexes)
    {
        using var scope = NewDisposeScope();
        using var index = tensor(indexes.Select(i => (long)i).ToArray());
        return new LabeledRows(Features.index_select(0, index), Labels.index_select(0, index), [.. indexes.Select(i => rowIds[i])], Groups is null ? null : Number([.. indexes.Select(i => (long)Groups[i])]), Classes, Columns);
    }

    /// <summary>Copies all rows but those at some positions.</summary>
    public LabeledRows Without(IReadOnlyCollection<int> indexes)
    {
        var left = indexes.ToHashSet();
        return Select([.. Enumerable.Range(0, Count).Where(i => !left.Contains(i))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
    }

    /// <summary>Numbers groups from 0 in the order in which they appear.</summary>
    private static int[] Number(long[] groups)
    {
        var numbers = new Dictionary<long, int>();
        return Array.ConvertAll(groups, group => numbers.TryGetValue(group, out int number) ? number : numbers[group] = numbers.Count);
    }

    private static void CheckFinite(ReadOnlySpan<float> row, long id, string column)
    {
        for (int i = 0; i < row.Length; i++)
        {
            if (!float.IsFinite(row[i]))
            {
                throw new RowDataException($"Column '{column}': row {id} has {row[i]} at position {i}. Replace missing values before training (ReplaceMissingValues) or remove the row.", id, column);
            }
        }
    }
}
