using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Collects a column of sample rows, to hand it to ONNX Runtime or to compare it with what ONNX Runtime gives.</summary>
internal abstract class ColumnRows
{
    /// <summary>Starts the collection of one column.</summary>
    public static ColumnRows Create(DataViewSchema.Column column)
    {
        if (ImageColumn.IsImage(column.Type))
        {
            return CreateImages(column);
        }

        var shape = ColumnShape.Of(column);
        return shape.IsText ? new TextRows(column, shape) : (ColumnRows)Activator.CreateInstance(typeof(NumberRows<>).MakeGenericType(shape.Item), column, shape)!;
    }

    // By itself, so that columns without pictures need no type of Microsoft.ML.ImageAnalytics.
    private static ImageRows CreateImages(DataViewSchema.Column column) => new(column);

    /// <summary>Prepares to read from a cursor.</summary>
    public abstract void Bind(DataViewRow row);

    /// <summary>Takes the value of the cursor's row.</summary>
    public abstract void Take();

    /// <summary>The rows taken, [rows, width].</summary>
    public abstract OrtValue ToValue();

    /// <summary>The first place where ONNX Runtime gives something else than the rows taken.</summary>
    /// <param name="value">[rows, width]; keys are 64-bit integers.</param>
    /// <returns>Words such as <c>row 3, slot 1: 0.5 instead of 0.25</c>; null if there is none.</returns>
    public abstract string? FirstDifference(OrtValue value);
}
