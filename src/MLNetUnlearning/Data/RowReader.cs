using System.Buffers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Reads a data view into <see cref="LabeledRows"/> and refuses bad rows by id and column.</summary>
/// <param name="columns">Column names; an empty row id name means that rows are numbered by position.</param>
/// <param name="task">What the labels are.</param>
/// <param name="scaling">How values are scaled; null to fit it to the rows. Of no interest to classes.</param>
/// <param name="groupColumn">Column that says which rows leave together; null or empty for none.</param>
internal sealed class RowReader(ColumnNames columns, PredictionTask task, LabelScaling? scaling = null, string? groupColumn = null)
{
    /// <summary>Reads the rows.</summary>
    /// <param name="data">Data whose features, labels and ids are final: preprocessing has run.</param>
    /// <param name="keep">Which row ids to read; null for all. Rows left out are not checked.</param>
    /// <param name="cancellationToken">Checked at every row.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type.</exception>
    /// <exception cref="RowDataException">No rows, a repeated id, a feature that is not finite, or a missing or unseen label.</exception>
    public ReadRows Read(IDataView data, Func<long, bool>? keep = null, CancellationToken cancellationToken = default)
    {
        var schema = RowSchema.Find(data.Schema, columns, task);
        var features = new ArrayBufferWriter<float>();
        var labels = LabelReader.Create(task, columns.Label, schema.OutputCount);
        var ids = new List<long>();
        var groups = new List<long>();
        DataViewSchema.Column? group = string.IsNullOrEmpty(groupColumn) ? null : GroupReader.Find(data.Schema, groupColumn);
        DataViewSchema.Column[] active = [schema.Features, schema.Label, .. schema.RowId is { } id ? [id] : Array.Empty<DataViewSchema.Column>(), .. group is { } unit ? [unit] : Array.Empty<DataViewSchema.Column>()];
        using var cursor = data.GetRowCursor(active);
        var featureGetter = cursor.GetGetter<VBuffer<float>>(schema.Features);
        labels.Bind(cursor, schema.Label);
        var idGetter = schema.RowId is { } column ? RowIdReader.Create(cursor, column) : () => cursor.Position;
        var groupGetter = group is { } named ? GroupReader.Create(cursor, named) : null;
        VBuffer<float> row = default;
        long skipped = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            long rowId = idGetter();
            if (keep is not null && !keep(rowId))
            {
                skipped++;
                continue;
            }

            featureGetter(ref row);
            labels.Take(rowId);
            CheckSize(row.Length, rowId, schema.FeatureCount);
            row.CopyTo(features.GetSpan(schema.FeatureCount));
            features.Advance(schema.FeatureCount);
            ids.Add(rowId);
            if (groupGetter is not null)
            {
                groups.Add(groupGetter(rowId));
            }
        }

        var set = new FeatureRows(features.WrittenMemory, schema.FeatureCount, ids.ToArray(), groups.ToArray());
        var (rows, fitted) = labels.Create(set, columns, scaling);
        return new ReadRows(rows, schema.Label, KeyValues.Read(schema.Label), fitted, skipped);
    }

    private void CheckSize(int size, long rowId, int expected)
    {
        if (size != expected)
        {
            throw new RowDataException($"Column '{columns.Features}': row {rowId} has {size} features, but the column declares {expected}. Correct the row or the loader's column definition.", rowId, columns.Features);
        }
    }
}
