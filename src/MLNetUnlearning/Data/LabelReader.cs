using Microsoft.ML;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>Reads the labels of a task row by row, and puts rows together.</summary>
internal abstract class LabelReader
{
    /// <summary>Creates a reader.</summary>
    /// <param name="task">What the labels are.</param>
    /// <param name="column">Name of the column, for messages.</param>
    /// <param name="outputs">Number of classes, or of values of a row.</param>
    public static LabelReader Create(PredictionTask task, string column, int outputs) => task switch
    {
        PredictionTask.Regression => new ValueLabelReader(column, outputs),
        _ => new ClassLabelReader(column, outputs),
    };

    /// <summary>Attaches the reader to a cursor.</summary>
    public abstract void Bind(DataViewRow row, DataViewSchema.Column label);

    /// <summary>Reads the label of the current row.</summary>
    /// <param name="rowId">Its id, for messages.</param>
    /// <exception cref="RowDataException">It has none, or a wrong one.</exception>
    public abstract void Take(long rowId);

    /// <summary>Puts the rows together.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">Column names, for messages.</param>
    /// <param name="scaling">How values are scaled; null to fit it to the rows.</param>
    /// <returns>The rows, and the scaling of their values; null for classes.</returns>
    public abstract (LabeledRows Rows, LabelScaling? Scaling) Create(FeatureRows rows, ColumnNames columns, LabelScaling? scaling);
}
