using System.Buffers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Reads numbers, one a row or a vector.</summary>
/// <param name="column">Name of the column, for messages.</param>
/// <param name="outputs">Number of values of a row.</param>
internal sealed class ValueLabelReader(string column, int outputs) : LabelReader
{
    private readonly ArrayBufferWriter<float> values = new();
    private Action<long> take = _ => { };

    public override void Bind(DataViewRow row, DataViewSchema.Column label) => take = label.Type is VectorDataViewType ? Vector(row, label) : Scalar(row, label);

    public override void Take(long rowId) => take(rowId);

    public override (LabeledRows Rows, LabelScaling? Scaling) Create(FeatureRows rows, ColumnNames columns, LabelScaling? scaling)
    {
        float[] scaled = values.WrittenSpan.ToArray();
        scaling = (scaling ?? LabelScaling.Fit(scaled, outputs, rows.RowIds)).For(outputs, column);
        scaling.Apply(scaled);
        return (LabeledRows.CreateWithValues(rows.Features.Span, rows.FeatureCount, scaled, outputs, rows.RowIds, columns, rows.Groups), scaling);
    }

    private Action<long> Scalar(DataViewRow row, DataViewSchema.Column label)
    {
        var read = row.GetGetter<float>(label);
        float value = 0;
        return rowId =>
        {
            read(ref value);
            Add([value], rowId);
        };
    }

    private Action<long> Vector(DataViewRow row, DataViewSchema.Column label)
    {
        var read = row.GetGetter<VBuffer<float>>(label);
        VBuffer<float> buffer = default;
        float[] dense = new float[outputs];
        return rowId =>
        {
            read(ref buffer);
            if (buffer.Length != outputs)
            {
                throw new RowDataException($"Column '{column}': row {rowId} has {buffer.Length} values, but the column declares {outputs}. Correct the row or the loader's column definition.", rowId, column);
            }

            buffer.CopyTo(dense);
            Add(dense, rowId);
        };
    }

    private void Add(ReadOnlySpan<float> row, long rowId)
    {
        foreach (float value in row)
        {
            if (!float.IsFinite(value))
            {
                throw new RowDataException($"Column '{column}': row {rowId} has the label {value}. Remove the row or correct its label.", rowId, column);
            }
        }

        values.Write(row);
    }
}
