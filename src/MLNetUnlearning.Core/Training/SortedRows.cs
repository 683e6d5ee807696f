using MLNetUnlearning.Native;

namespace MLNetUnlearning.Training;

/// <summary>Sorts rows.</summary>
internal static class SortedRows
{
    /// <summary>Checks sizes, ids and features, and sorts.</summary>
    /// <exception cref="RowDataException">No rows, a repeated id, or a feature that is not finite.</exception>
    public static SortedRows<T> Of<T>(ReadOnlySpan<float> features, int featureCount, ReadOnlySpan<T> labels, int labelCount, ReadOnlySpan<long> rowIds, ColumnNames columns, ReadOnlySpan<long> groups)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(featureCount, 1);
        if (labels.Length != (long)rowIds.Length * labelCount || features.Length != (long)rowIds.Length * featureCount)
        {
            throw new ArgumentException(
                $"{rowIds.Length} row ids, {labels.Length} labels and {features.Length} features of rows of {featureCount}{(labelCount == 1 ? "" : $" features and {labelCount} labels")} do not belong together.");
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
        var sortedLabels = new T[labels.Length];
        long[]? sortedGroups = groups.IsEmpty ? null : new long[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            if (i > 0 && ids[i] == ids[i - 1])
            {
                throw new RowDataException($"Column '{columns.RowId}': row id {ids[i]} occurs more than once. Ids must be unique; give every row its own.", ids[i], columns.RowId);
            }

            var row = features.Slice(order[i] * featureCount, featureCount);
            CheckFinite(row, ids[i], columns.Features);
            row.CopyTo(sortedFeatures.AsSpan(i * featureCount));
            labels.Slice(order[i] * labelCount, labelCount).CopyTo(sortedLabels.AsSpan(i * labelCount));
            if (sortedGroups is not null)
            {
                sortedGroups[i] = groups[order[i]];
            }
        }

        return new SortedRows<T>(ids, sortedFeatures, sortedLabels, sortedGroups);
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
