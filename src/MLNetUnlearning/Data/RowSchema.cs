using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Data;

/// <summary>The columns of a data view that training and unlearning read, checked.</summary>
/// <param name="Features">Column of features, a vector of Single of known size.</param>
/// <param name="FeatureCount">Number of features.</param>
/// <param name="Label">Column of labels, of the type that the task asks for.</param>
/// <param name="OutputCount">Number of classes, or of values.</param>
/// <param name="RowId">Column of row ids; null if rows are numbered by position.</param>
internal sealed record RowSchema(DataViewSchema.Column Features, int FeatureCount, DataViewSchema.Column Label, int OutputCount, DataViewSchema.Column? RowId)
{
    /// <summary>Most classes that a network can have.</summary>
    public const int MaximumClasses = 65_536;

    /// <summary>Finds and checks the columns.</summary>
    /// <param name="schema">Schema of the data.</param>
    /// <param name="columns">Their names; an empty row id name means that rows are numbered by position.</param>
    /// <param name="task">What the labels are.</param>
    /// <exception cref="ArgumentException">A column is missing or has the wrong type; the message names it and says what to do.</exception>
    public static RowSchema Find(DataViewSchema schema, ColumnNames columns, PredictionTask task)
    {
        var features = Require(schema, columns.Features, "features");
        CheckFeatures(columns.Features, features.Type.RawType == typeof(VBuffer<float>), (features.Type as VectorDataViewType)?.Size ?? 0, $"{features.Type}");
        var label = Require(schema, columns.Label, "labels");
        LabelType.Check(task, columns.Label, LabelType.Fits(task, label.Type), $"{label.Type}");
        ulong outputs = label.Type switch
        {
            KeyDataViewType key => key.Count,
            BooleanDataViewType => 2,
            VectorDataViewType vector => (ulong)vector.Size,
            _ => 1,
        };
        if (label.Type is KeyDataViewType && outputs is < 2 or > MaximumClasses)
        {
            throw new ArgumentException($"Column '{columns.Label}' is a key of {outputs} values; a classifier needs 2 to {MaximumClasses}.");
        }

        DataViewSchema.Column? rowId = null;
        if (!string.IsNullOrEmpty(columns.RowId))
        {
            rowId = Require(schema, columns.RowId, "row ids");
            CheckRowId(columns.RowId, rowId.Value.Type);
        }

        return new RowSchema(features, ((VectorDataViewType)features.Type).Size, label, (int)outputs, rowId);
    }

    /// <summary>Throws unless the features are a Single vector of known size.</summary>
    public static void CheckFeatures(string column, bool isSingleVector, int size, string type)
    {
        if (!isSingleVector || size < 1)
        {
            throw new ArgumentException($"Column '{column}' is {type}; features must be a vector of Single of known size. Put them together with ml.Transforms.Concatenate(\"{column}\", ...).");
        }
    }

    /// <summary>Throws unless the column can hold row ids.</summary>
    private static void CheckRowId(string column, DataViewType type)
    {
        if (!RowIdReader.Supports(type))
        {
            throw WrongRowId(column, $"{type}");
        }
    }

    /// <summary>The error for a column that cannot hold row ids.</summary>
    public static ArgumentException WrongRowId(string column, string type) =>
        new($"Column '{column}' is {type}; row ids must be integers of at most 64 bits with sign. Convert them: ml.Transforms.Conversion.ConvertType(\"{column}\", outputKind: DataKind.Int64).");

    /// <summary>The error for a column that is not there.</summary>
    public static ArgumentException Missing(string column, string content)
    {
        string way = content == "row ids"
            ? " A model that can unlearn needs a unique id for every row, here and later; set RowIdColumnName to null for a model that cannot."
            : "";
        return new ArgumentException($"The data has no column '{column}', which should hold the {content}.{way}");
    }

    private static DataViewSchema.Column Require(DataViewSchema schema, string name, string content) =>
        schema.GetColumnOrNull(name) ?? throw Missing(name, content);
}
