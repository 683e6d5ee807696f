using Microsoft.ML;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Rows read from a data view.</summary>
/// <param name="Rows">The rows; the holder disposes them.</param>
/// <param name="Label">The label column.</param>
/// <param name="Labels">Values behind the label keys; null if the label column has none.</param>
/// <param name="Scaling">How values were scaled; null for classes.</param>
/// <param name="Skipped">Rows that the filter left out.</param>
internal sealed record ReadRows(LabeledRows Rows, DataViewSchema.Column Label, KeyValues? Labels, LabelScaling? Scaling, long Skipped) : IDisposable
{
    public void Dispose() => Rows.Dispose();
}
