using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Onnx.Pipeline.Probing;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>A column and the step that makes it.</summary>
internal sealed class MadeColumn
{
    /// <param name="step">The step.</param>
    /// <param name="before">Columns before the step.</param>
    /// <param name="column">The column.</param>
    public MadeColumn(PipelineStep step, DataViewSchema before, DataViewSchema.Column column)
    {
        Step = step;
        Before = before;
        Column = column;
        Mapper = step.Transformer.GetRowToRowMapper(before);
        Output = Mapper.OutputSchema[column.Name];
    }

    /// <summary>The step.</summary>
    public PipelineStep Step { get; }

    /// <summary>Columns before the step.</summary>
    public DataViewSchema Before { get; }

    /// <summary>The column, with its annotations.</summary>
    public DataViewSchema.Column Column { get; }

    /// <summary>The step, for single rows.</summary>
    public IRowToRowMapper Mapper { get; }

    /// <summary>The column in the mapper's rows.</summary>
    public DataViewSchema.Column Output { get; }

    /// <summary>Type and width of the column.</summary>
    /// <exception cref="UnsupportedOnnxExportException">It holds something else than text, numbers, Booleans or keys.</exception>
    public ColumnShape Shape => ColumnShape.Of(Column);

    /// <summary>Name of the column.</summary>
    public string Name => Column.Name;

    /// <summary>How many columns the step makes.</summary>
    public int MadeCount => Mapper.OutputSchema.Count - Before.Count;

    /// <summary>The columns that it is made of, in the order of the schema; a column that is used twice occurs once.</summary>
    public IReadOnlyList<DataViewSchema.Column> Sources => [.. Mapper.GetDependencies([Output])];

    /// <summary>The one column that it is made of.</summary>
    /// <exception cref="UnsupportedOnnxExportException">It is made of several columns.</exception>
    public DataViewSchema.Column OnlySource => Sources is [var only] ? only : throw Unsupported($"it is made of {Sources.Count} columns where one was expected");

    /// <summary>Type and width of the one column that it is made of.</summary>
    /// <exception cref="UnsupportedOnnxExportException">It is made of several columns, or of one that has no ONNX form.</exception>
    public ColumnShape OnlySourceShape => ColumnShape.Of(OnlySource);

    /// <summary>Starts sending rows through the step, because ML.NET does not show all of what a step holds.</summary>
    public StepProbe<TIn, TOut> Probe<TIn, TOut>() => new(this);

    /// <summary>The error that the column has no ONNX form.</summary>
    /// <param name="reason">Why, without a full stop, with what to do about it.</param>
    public UnsupportedOnnxExportException Unsupported(string reason) =>
        new(Name, Step.Transformer.GetType().Name, $"Column '{Name}', which {Step} makes, cannot be written as ONNX: {reason}.");
}
