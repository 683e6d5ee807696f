using MLNetUnlearning.Training;

namespace MLNetUnlearning.Unlearning;

/// <summary>A request to forget rows.</summary>
public sealed class UnlearningRequest
{
    /// <summary>Ids of the rows to forget: known, distinct, at least one, and neither all rows nor all rows of a class.</summary>
    public required IReadOnlyList<long> ForgetRowIds { get; init; }

    /// <summary>Fixes every draw of the method, together with the row ids. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Whether the steps before the network are fitted without the rows, too. ML.NET pipelines only, and only where the pipeline is still at hand (<c>pipeline.Unlearn</c>): a fitted model refuses it. Core and its methods ignore it.
    /// Default false: the steps stay as they were fitted, and the result names them.
    /// </summary>
    public bool RefitPreprocessing { get; init; }

    /// <summary>Checks the request against the rows and returns the positions of the rows to forget, ascending.</summary>
    /// <exception cref="RowDataException">Empty, unknown or repeated ids, or nothing left of a class or of all rows.</exception>
    internal int[] Resolve(LabeledRows rows)
    {
        string column = rows.Columns.RowId;
        if (ForgetRowIds.Count == 0)
        {
            throw new RowDataException($"Column '{column}': the request names no row to forget.");
        }

        int[] indexes = rows.IndexesOf(ForgetRowIds);
        if (indexes.Length == rows.Count)
        {
            throw new RowDataException($"Column '{column}': the request forgets all {rows.Count} rows. Delete the model instead.");
        }

        if (!rows.HasValues)
        {
            RequireAllClasses(rows, indexes);
        }

        return indexes;
    }

    private static void RequireAllClasses(LabeledRows rows, int[] indexes)
    {
        var left = new int[rows.Classes];
        var before = new int[rows.Classes];
        long[] labels = rows.ClassOfRow;
        var forgotten = indexes.ToHashSet();
        for (int i = 0; i < labels.Length; i++)
        {
            before[labels[i]]++;
            left[labels[i]] += forgotten.Contains(i) ? 0 : 1;
        }

        for (int label = 0; label < left.Length; label++)
        {
            if (left[label] == 0 && before[label] > 0)
            {
                long id = rows.RowIds[Array.FindIndex(labels, value => value == label)];
                throw new RowDataException(
                    $"Column '{rows.Columns.Label}': the request forgets all {before[label]} rows of class {label} (counted from 0; row {id} is one). Retrain without the class instead.", id, rows.Columns.Label);
            }
        }
    }
}
