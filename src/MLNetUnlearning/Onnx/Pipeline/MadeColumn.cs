using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A column and the step that makes it.</summary>
/// <param name="Mapper">The step, for single rows.</param>
/// <param name="Before">Columns before the step.</param>
/// <param name="Column">The column.</param>
internal sealed record MadeColumn(IRowToRowMapper Mapper, DataViewSchema Before, DataViewSchema.Column Column)
{
    /// <summary>How many columns the step makes.</summary>
    public int MadeCount => Mapper.OutputSchema.Count - Before.Count;

    /// <summary>The columns that it is made of, in the order of the schema; a column that is used twice occurs once.</summary>
    public IReadOnlyList<DataViewSchema.Column> Sources => [.. Mapper.GetDependencies([Output])];

    /// <summary>The one column that it is made of.</summary>
    public string OnlySource => Sources is [var only]
        ? only.Name
        : throw new UnsupportedOnnxExportException(Column.Name, "step", $"Column '{Column.Name}' is made of {Sources.Count} columns where one was expected; it cannot be written as ONNX.");

    private DataViewSchema.Column Output => Mapper.OutputSchema[Column.Name];

    /// <summary>
    /// Sends a row through the step whose slots hold 1, 2, 3, ... ML.NET does not tell the order in which a step joins columns, nor which of its parameters belong to
    /// which column; the answer to such a row does.
    /// </summary>
    /// <typeparam name="T">Type of the slots, before the step and behind it.</typeparam>
    /// <returns>What the step makes of the row, and which numbers each source column held.</returns>
    public (T[] Result, IReadOnlyList<(string Name, int First, int Width)> Blocks) Probe<T>() where T : unmanaged, INumber<T>
    {
        using var probe = new ProbeRow<T>(Before, Sources);
        using var row = Mapper.GetRow(probe, [Output]);
        if (Column.Type is VectorDataViewType)
        {
            VBuffer<T> buffer = default;
            row.GetGetter<VBuffer<T>>(Output)(ref buffer);
            return ([.. buffer.DenseValues()], probe.Blocks);
        }

        T value = default;
        row.GetGetter<T>(Output)(ref value);
        return ([value], probe.Blocks);
    }
}
