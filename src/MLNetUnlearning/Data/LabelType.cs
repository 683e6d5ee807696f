using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Trainers;

namespace MLNetUnlearning.Data;

/// <summary>The type that the label column of a task must have.</summary>
internal static class LabelType
{
    /// <summary>Whether a column's type is that of the task's labels.</summary>
    public static bool Fits(PredictionTask task, DataViewType type) => task switch
    {
        PredictionTask.BinaryClassification => type is BooleanDataViewType,
        _ => type is KeyDataViewType && type.RawType == typeof(uint),
    };

    /// <summary>The same of a column that is not fitted yet.</summary>
    public static bool Fits(PredictionTask task, SchemaShape.Column column) => column.Kind == SchemaShape.Column.VectorKind.Scalar && task switch
    {
        PredictionTask.BinaryClassification => !column.IsKey && column.ItemType is BooleanDataViewType,
        _ => column.IsKey && column.ItemType.RawType == typeof(uint),
    };

    /// <summary>Throws unless the type fits.</summary>
    /// <param name="task">The task.</param>
    /// <param name="column">Name of the column.</param>
    /// <param name="fits">Whether its type fits.</param>
    /// <param name="type">Its type, for the message.</param>
    /// <exception cref="ArgumentException">It does not; the message names the column and says what to do.</exception>
    public static void Check(PredictionTask task, string column, bool fits, string type)
    {
        if (!fits)
        {
            throw new ArgumentException($"Column '{column}' is {type}; " + task switch
            {
                PredictionTask.BinaryClassification => $"labels of a binary classifier must be Boolean. Convert them first: ml.Transforms.Conversion.ConvertType(\"{column}\", outputKind: DataKind.Boolean), or MapValue for words.",
                _ => $"labels must be keys. Map them first: ml.Transforms.Conversion.MapValueToKey(\"{column}\").",
            });
        }
    }
}
