using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Reads keys, or Booleans as two classes: no and yes.</summary>
/// <param name="column">Name of the column, for messages.</param>
/// <param name="classes">Number of classes.</param>
internal sealed class ClassLabelReader(string column, int classes) : LabelReader
{
    private readonly List<int> labels = [];
    private Func<long, int> getter = _ => 0;

    public override void Bind(DataViewRow row, DataViewSchema.Column label) => getter = label.Type is BooleanDataViewType ? Boolean(row, label) : Key(row, label);

    public override void Take(long rowId) => labels.Add(getter(rowId));

    public override (LabeledRows Rows, LabelScaling? Scaling) Create(FeatureRows rows, ColumnNames columns, LabelScaling? scaling) =>
        (LabeledRows.Create(rows.Features.Span, rows.FeatureCount, labels.ToArray(), rows.RowIds, classes, columns, rows.Groups), null);

    private static Func<long, int> Boolean(DataViewRow row, DataViewSchema.Column label)
    {
        var read = row.GetGetter<bool>(label);
        bool yes = false;
        return _ =>
        {
            read(ref yes);
            return yes ? 1 : 0;
        };
    }

    private Func<long, int> Key(DataViewRow row, DataViewSchema.Column label)
    {
        var read = row.GetGetter<uint>(label);
        uint key = 0;
        return rowId =>
        {
            read(ref key);
            return key == 0 || key > classes
                ? throw new RowDataException($"Column '{column}': row {rowId} has no label, or one that the key mapping has not seen. Remove the row, or fit the mapping on data that has its label.", rowId, column)
                : (int)key - 1;
        };
    }
}
