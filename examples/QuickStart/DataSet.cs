using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace QuickStart;

/// <summary>Training and test rows, and how to train on them.</summary>
internal sealed record DataSet(string Name, IReadOnlyList<Example> Train, IReadOnlyList<Example> Test, NetworkSpec Network, int Epochs, int BatchSize, double LearningRate)
{
    /// <summary>Size and class of the clustered request.</summary>
    public required (int Count, int Class) Cluster { get; init; }

    /// <summary>The rows as a data view.</summary>
    public IDataView View(MLContext ml, IReadOnlyList<Example> rows)
    {
        var schema = SchemaDefinition.Create(typeof(Example));
        schema[nameof(Example.Pixels)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Train[0].Pixels.Length);
        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    /// <summary>The training rows in tensors, for choosing the rows to forget.</summary>
    public LabeledRows ToLabeledRows()
    {
        string[] classes = [.. Train.Select(row => row.Class).Distinct().Order(StringComparer.Ordinal)];
        return LabeledRows.Create(
            [.. Train.SelectMany(row => row.Pixels)], Train[0].Pixels.Length, [.. Train.Select(row => Array.IndexOf(classes, row.Class))], [.. Train.Select(row => row.RowId)], classes.Length);
    }
}
