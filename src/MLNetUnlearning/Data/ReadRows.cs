using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Rows read from a data view.</summary>
/// <param name="Rows">The rows; the holder disposes them.</param>
/// <param name="Labels">Values behind the label keys; null if the label column has none.</param>
/// <param name="Skipped">Rows that the filter left out.</param>
internal sealed record ReadRows(LabeledRows Rows, KeyValues? Labels, long Skipped) : IDisposable
{
    public void Dispose() => Rows.Dispose();
}
