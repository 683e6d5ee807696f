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
        PredictionTask.Regression => type.RawType == typeof(float) || (type is VectorDataViewType { Size: > 0 } && type.RawType == typeof(VBuffer<float>)),
        _ => type is KeyDataViewType && type.RawType == typeof(uint),
    };

    /// <summary>The same of a column that is not fitted yet.</summary>
    public static bool Fits(PredictionTask task, SchemaShape.Column column) => task switch
    {
        PredictionTask.BinaryClassification => IsScalar(column) && column.ItemType is BooleanDataViewType,
        PredictionTask.Regression => column.Kind != SchemaShape.Column.VectorKind.VariableVector && !column.IsKey && column.ItemType.RawType == typeof(float),
        _ => IsScalar(column) && column.IsKey && column.ItemType.RawType == typeof(uint),
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
                PredictionTask.Regression => $"labels of a regression must be Single, or a vector of Single of known size for several outputs. Convert them first: ml.Transforms.Conversion.ConvertType(\"{column}\", outputKind: DataKind.Single).",
                _ => $"labels must be keys. Map them first: ml.Transforms.Conversion.MapValueToKey(\"{column}\").",
            });
        }
    }

    private static bool IsScalar(SchemaShape.Column column) => column.Kind == SchemaShape.Column.VectorKind.Scalar;
}
